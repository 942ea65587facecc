// The end of a poll: which polls have none yet, closing messages, and the one step that makes
// results final.
#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// Of a poll closed by hand, once every API knew; of any, once its announced end has passed, for no
/// cut-off that is decided later can be earlier.
bool end_is_decided(const Poll& poll, Time now) {
  return poll.published && (poll.cutoff || now >= poll.end_time);
}

Time closed_after(const Poll& poll) {
  return poll.in_time_until() + kClocksApartMax;
}

std::vector<EndOfPoll::Closing> read_closings(Session& session, PollId poll,
                                              const std::string& topic) {
  const Rows rows = session.run(
      "SELECT partition, sent_offset, us_of(sent_stamp), us_of(read_stamp) FROM poll_closings"
      " WHERE poll_id = $1 AND topic = $2 ORDER BY partition",
      Params().add(poll).add(topic));
  std::vector<EndOfPoll::Closing> closings;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto& closing = closings.emplace_back();
    closing.partition = static_cast<std::int32_t>(rows.integer(row, 0));
    if (!rows.is_null(row, 1)) closing.sent_offset = rows.integer(row, 1);
    closing.sent_stamp = rows.time_or_nothing(row, 2);
    closing.read_stamp = rows.time_or_nothing(row, 3);
  }
  return closings;
}

/// A topic without partitions has been read nowhere; where there is no queue, nothing is to be
/// read.
bool is_read_everywhere(Session& session, PollId poll, const ClosedLog& closed, Time after) {
  if (closed.topic.empty()) return closed.partitions.empty();
  const auto closings = read_closings(session, poll, closed.topic);
  const auto is_read = [&](std::int32_t partition) {
    return std::any_of(closings.begin(), closings.end(), [&](const EndOfPoll::Closing& closing) {
      return closing.partition == partition && closing.read_stamp && *closing.read_stamp > after;
    });
  };
  return !closed.partitions.empty() &&
         std::all_of(closed.partitions.begin(), closed.partitions.end(), is_read);
}

bool is_counted(const PollCounts& counters, const PollCounts& counted) {
  return counters.version == counted.version && counters.total_votes == counted.total_votes &&
         std::equal(counters.options.begin(), counters.options.end(), counted.options.begin(),
                    counted.options.end(), [](const OptionCount& one, const OptionCount& other) {
                      return one.option == other.option && one.votes == other.votes;
                    });
}

void write_final(Session& session, PollId poll, Time now) {
  const std::int64_t revision = next_revision(session);
  session.run("SELECT make_final($1, $2, $3)", Params().add(poll).add(now).add(revision));
}

}  // namespace

Result<std::vector<Poll>> list_unfinished(Session& session, PollId after, std::size_t limit) {
  return polls_of(session.run(
      std::string(kPollRows) +
          " WHERE published AND final_at IS NULL AND poll_id > $1 ORDER BY poll_id LIMIT $2",
      Params().add(after).add(
          static_cast<std::int64_t>(std::min(limit, PostgresStore::kPageSizeMax)))));
}

Result<EndOfPoll> read_end(Session& session, PollId poll, const std::string& topic) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const Time in_time = found->poll.in_time_until();
  const Time moment = now(session);
  auto holding = read_holding(session, poll, in_time);
  // Of a moment later: one that was shown may have been decided by then.
  const std::uint64_t total =
      std::max<std::uint64_t>(holding.size(), count_holding(session, poll, in_time));
  return EndOfPoll{found->poll,
                   moment,
                   end_is_decided(found->poll, moment),
                   closed_after(found->poll),
                   read_closings(session, poll, topic),
                   std::move(holding),
                   total};
}

Result<Done> note_closing_sent(Session& session, PollId poll, const std::string& topic,
                               const Appended& place) {
  const auto found = read_poll(session, poll);
  if (!found) return no_such_poll(poll);
  if (found->poll.final_at) return Done{};
  session.run("SELECT note_closing_sent($1, $2, $3, $4, $5)",
              Params()
                  .add(poll)
                  .add(topic)
                  .add(std::int64_t{place.partition})
                  .add(place.offset)
                  .add(place.stamp));
  return Done{};
}

void note_closings_read(Session& session, const std::vector<ClosingRead>& closings) {
  if (closings.empty()) return;
  Array polls, topics, partitions, stamps;
  for (const ClosingRead& closing : closings) {
    polls.add(closing.poll);
    topics.add(closing.topic);
    partitions.add(std::int64_t{closing.partition});
    stamps.add(closing.stamp);
  }
  session.run(
      "SELECT note_closings($1, $2, $3, $4)",
      Params().add(polls.text()).add(topics.text()).add(partitions.text()).add(stamps.text()));
}

std::vector<std::string> list_topics(Session& session) {
  const Rows rows = session.run("SELECT topic FROM topics ORDER BY topic");
  std::vector<std::string> topics;
  for (std::size_t row = 0; row < rows.size(); ++row) topics.emplace_back(rows.text(row, 0));
  return topics;
}

Result<Done> forget_topic(Session& session, const std::string& topic,
                          const OperatorAction& action) {
  const auto topics = list_topics(session);
  if (std::find(topics.begin(), topics.end(), topic) == topics.end())
    return Error{Code::not_found, "the store knows of no queue topic " + topic};
  session.run("SELECT forget_topic($1)", Params().add(topic));
  return note(session, action);
}

Result<Finality> finalise(Session& session, PollId poll, const ClosedLog& closed,
                          const PollCounts& counted) {
  // First alone with the poll: what is being recorded comes before, what comes later finds it
  // final.
  session.run("SELECT lock_poll_alone($1)", Params().add(poll));
  lock_revision(session);
  const auto found = read_poll(session, poll);
  if (!found) return no_such_poll(poll);
  if (found->poll.final_at) return Finality::was_final;
  const Time moment = now(session);
  const Time in_time = found->poll.in_time_until();
  if (!end_is_decided(found->poll, moment) || moment <= in_time) return Finality::not_due;
  for (const std::string& topic : list_topics(session))
    if (topic != closed.topic) return Finality::elsewhere;
  if (!is_read_everywhere(session, poll, closed, closed_after(found->poll)))
    return Finality::not_read;
  if (count_holding(session, poll, in_time) > 0) return Finality::held_back;
  if (!is_counted(read_counts(session, *found), counted)) return Finality::miscounted;
  write_final(session, poll, moment);
  return Finality::made_final;
}

}  // namespace vote::postgres
