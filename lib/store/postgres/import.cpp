// A poll that is over and its ballots, in the one transaction it runs in.
#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

Error is_there(PollId poll) {
  return {Code::name_taken, "there is a poll " + poll.text() + " already"};
}

class Import {
 public:
  Import(Session& session, const PollImport& import, const NumberedPoll& poll)
      : session_(session), import_(import), poll_(poll) {}

  PollCounts run() {
    import_.rewind();
    for (bool more = true; more;) {
      std::vector<VoterBallot> some;
      while (some.size() < PostgresStore::kBallotsPerStatement && (more = next(some))) {
      }
      if (!some.empty()) add(some);
    }
    return read_counts(session_, poll_);
  }

 private:
  bool next(std::vector<VoterBallot>& some) {
    auto ballot = import_.next();
    if (!ballot) throw Undone(ballot.error());
    if (!*ballot) return false;
    some.push_back(std::move(**ballot));
    return true;
  }

  void add(const std::vector<VoterBallot>& some) {
    Array voters, requests, ballots, cast_at, revisions;
    for (const VoterBallot& ballot : some) {
      if (!ballot.options.empty())
        if (const auto error = check_choice(poll_.poll, ballot.options)) throw Undone(*error);
      voters.add(ballot.voter);
      requests.add(ballot.request);
      ballots.add_choices(choices_of(poll_.poll, ballot.options));
      cast_at.add(ballot.cast_at);
      revisions.add(std::int64_t{ballot.revision});
    }
    const Rows twice = session_.run("SELECT import_ballots($1, $2, $3, $4, $5, $6, $7)",
                                    Params()
                                        .add(poll_.number)
                                        .add(voters.text())
                                        .add(requests.text())
                                        .add(ballots.text())
                                        .add(cast_at.text())
                                        .add(revisions.text())
                                        .add("imported by " + import_.note.actor));
    if (!twice.is_null(0, 0))
      throw Undone(
          {Code::already_voted, "voter " + twice.id<UserId>(0, 0).text() + " has two ballots"});
  }

  Session& session_;
  const PollImport& import_;
  const NumberedPoll& poll_;
};

}  // namespace

/// Its ballots first and the poll last: others who change polls or renew leases wait for the last
/// step alone, not for a million ballots.
Result<PollCounts> import_poll(Session& session, const PollImport& import) {
  NumberedPoll poll{import.poll, 0};
  if (read_poll(session, poll.poll.id)) return is_there(poll.poll.id);
  if (auto error = check_poll(poll.poll)) return *error;
  const Time moment = now(session);
  if (poll.poll.end_time > moment) return Error{Code::invalid_input, "end_time has not passed"};
  poll.number = session.run("SELECT number_poll($1)", Params().add(poll.poll.id)).integer(0, 0);
  // Who imports the same poll at the same time was waited for just now.
  if (read_poll(session, poll.poll.id)) throw Undone(is_there(poll.poll.id));
  write_options(session, poll.poll);
  if (const auto noted = note(session, import.note); !noted) throw Undone(noted.error());
  const PollCounts counts = Import(session, import, poll).run();
  lock_revision(session);
  if (read_poll(session, poll.poll.id)) throw Undone(is_there(poll.poll.id));
  poll.poll.published = true;
  poll.poll.final_at = moment;
  poll.poll.created_at = moment;
  poll.poll.updated_at = moment;
  write_poll(session, poll.poll);
  return counts;
}

}  // namespace vote::postgres
