// A poll that is over and its ballots, in the one transaction it runs in.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

class Import {
 public:
  Import(StoreConnection& connection, const PollImport& import, const Poll& poll)
      : connection_(connection),
        import_(import),
        poll_(poll),
        client_("imported by " + import.note.actor),
        insert_(connection.statement("INSERT INTO votes VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6)"
                                     " ON CONFLICT (poll_id, user_id) DO NOTHING")) {}

  PollCounts run() {
    counters_.touch(poll_);
    import_.rewind();
    for (;;) {
      const auto ballot = import_.next();
      if (!ballot) throw Undone(ballot.error());
      if (!*ballot) return counters_.write(connection_).front();
      add(**ballot);
    }
  }

 private:
  void add(const VoterBallot& ballot) {
    if (!ballot.options.empty())
      if (const auto error = check_choice(poll_, ballot.options)) throw Undone(*error);
    const std::string choices = choices_text(poll_, ballot.options);
    insert_.bind_blob(1, poll_.id.raw())
        .bind_blob(2, ballot.voter.raw())
        .bind_blob(3, ballot.request.raw())
        .bind_text(4, choices)
        .bind(5, microseconds_of(ballot.cast_at))
        .bind(6, ballot.revision)
        .run();
    if (connection_.database().changes() != 1)
      throw Undone({Code::already_voted, "voter " + ballot.voter.text() + " has two ballots"});
    write_audit(connection_,
                {ballot.request, poll_.id, ballot.voter, {}, ballot.cast_at, "", client_},
                {"cast", nullptr, &choices, ballot.cast_at});
    counters_.add(poll_, choices, +1);
  }

  StoreConnection& connection_;
  const PollImport& import_;
  const Poll& poll_;
  const std::string client_;
  sqlite::Statement& insert_;
  CounterChanges counters_;
};

}  // namespace

Result<PollCounts> import_poll(StoreConnection& connection, const PollImport& import, Time now) {
  Poll poll = import.poll;
  if (connection.poll(poll.id) != nullptr)
    return Error{Code::name_taken, "there is a poll " + poll.id.text() + " already"};
  if (auto error = check_poll(poll)) return *error;
  if (poll.end_time > now) return Error{Code::invalid_input, "end_time has not passed"};
  poll.published = true;
  poll.final_at = now;
  if (const auto added = add_poll(connection, poll, now); !added) return added.error();
  if (const auto noted = note(connection, import.note, now); !noted) throw Undone(noted.error());
  return Import(connection, import, *connection.poll(poll.id)).run();
}

}  // namespace vote
