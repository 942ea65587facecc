// The end of a poll: which polls have none yet, closing messages, and the one step that makes
// results final.
#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

/// Of a poll closed by hand, once every API knew; of any, once its announced end has passed, for no
/// cut-off that is decided later can be earlier.
bool end_is_decided(const Poll& poll, Time now) {
  return poll.published && (poll.cutoff || now >= poll.end_time);
}

Time closed_after(const Poll& poll) {
  return poll.in_time_until() + kClocksApartMax;
}

std::vector<EndOfPoll::Closing> read_closings(StoreConnection& connection, PollId poll,
                                              const std::string& topic) {
  Use row(connection.statement(
      "SELECT partition, sent_offset, sent_stamp, read_stamp FROM poll_closings"
      " WHERE poll_id = ?1 AND topic = ?2 ORDER BY partition"));
  row->bind_blob(1, poll.raw()).bind_text(2, topic);
  std::vector<EndOfPoll::Closing> closings;
  while (row->step()) {
    auto& closing = closings.emplace_back();
    closing.partition = static_cast<std::int32_t>(row->integer(0));
    if (!row->is_null(1)) closing.sent_offset = row->integer(1);
    closing.sent_stamp = time_or_nothing(*row, 2);
    closing.read_stamp = time_or_nothing(*row, 3);
  }
  return closings;
}

/// A topic without partitions has been read nowhere; where there is no queue, nothing is to be
/// read.
bool is_read_everywhere(StoreConnection& connection, PollId poll, const ClosedLog& closed,
                        Time after) {
  if (closed.topic.empty()) return closed.partitions.empty();
  const auto closings = read_closings(connection, poll, closed.topic);
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

void write_final(StoreConnection& connection, PollId poll, Time now) {
  const std::int64_t revision = next_revision(connection);
  connection
      .statement(
          "UPDATE polls SET final_at = ?2, updated_at = ?2, revision = ?3 WHERE poll_id = ?1")
      .bind_blob(1, poll.raw())
      .bind(2, microseconds_of(now))
      .bind(3, revision)
      .run();
  // A cut-off that was never decided came later than the end.
  connection
      .statement(
          "UPDATE polls SET cutoff = end_time"
          " WHERE poll_id = ?1 AND close_requested_at IS NOT NULL AND cutoff IS NULL")
      .bind_blob(1, poll.raw())
      .run();
  connection.statement("DELETE FROM undecided_votes WHERE poll_id = ?1")
      .bind_blob(1, poll.raw())
      .run();
}

}  // namespace

Result<std::vector<Poll>> list_unfinished(StoreConnection& connection, PollId after,
                                          std::size_t limit) {
  Use row(connection.statement(
      "SELECT poll_id FROM polls WHERE published = 1 AND final_at IS NULL AND poll_id > ?1"
      " ORDER BY poll_id LIMIT ?2"));
  row->bind_blob(1, after.raw())
      .bind(2, static_cast<std::int64_t>(std::min(limit, SqliteStore::kPageSizeMax)));
  std::vector<Poll> polls;
  while (row->step())
    if (auto poll = read_poll(connection, id_of<PollId>(*row, 0))) polls.push_back(*poll);
  return polls;
}

Result<EndOfPoll> read_end(StoreConnection& connection, PollId poll, const std::string& topic,
                           Time now) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const Time in_time = found->in_time_until();
  return EndOfPoll{*found,
                   now,
                   end_is_decided(*found, now),
                   closed_after(*found),
                   read_closings(connection, poll, topic),
                   read_holding(connection, poll, in_time),
                   count_holding(connection, poll, in_time)};
}

Result<Done> note_closing_sent(StoreConnection& connection, PollId poll, const std::string& topic,
                               const Appended& place) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  if (found->final_at) return Done{};
  connection
      .statement(
          "INSERT INTO poll_closings VALUES (?1, ?2, ?3, ?4, ?5, NULL) ON CONFLICT DO UPDATE"
          " SET sent_offset = ?4, sent_stamp = ?5")
      .bind_blob(1, poll.raw())
      .bind_text(2, topic)
      .bind(3, place.partition)
      .bind(4, place.offset)
      .bind(5, microseconds_of(place.stamp))
      .run();
  return Done{};
}

void note_closings_read(StoreConnection& connection, const std::vector<ClosingRead>& closings) {
  for (const ClosingRead& closing : closings) {
    const Poll* poll = connection.poll(closing.poll);
    if (poll == nullptr || poll->final_at) continue;
    connection
        .statement(
            "INSERT INTO poll_closings VALUES (?1, ?2, ?3, NULL, NULL, ?4) ON CONFLICT DO UPDATE"
            " SET read_stamp = max(coalesce(read_stamp, ?4), ?4)")
        .bind_blob(1, closing.poll.raw())
        .bind_text(2, closing.topic)
        .bind(3, closing.partition)
        .bind(4, microseconds_of(closing.stamp))
        .run();
  }
}

std::vector<std::string> list_topics(StoreConnection& connection) {
  Use row(connection.statement(
      "SELECT topic FROM queue_topics UNION SELECT topic FROM queue_positions ORDER BY topic"));
  std::vector<std::string> topics;
  while (row->step()) topics.emplace_back(row->text(0));
  return topics;
}

Result<Done> forget_topic(StoreConnection& connection, const std::string& topic,
                          const OperatorAction& action, Time now) {
  const auto topics = list_topics(connection);
  if (std::find(topics.begin(), topics.end(), topic) == topics.end())
    return Error{Code::not_found, "the store knows of no queue topic " + topic};
  for (const char* sql :
       {"DELETE FROM queue_topics WHERE topic = ?1", "DELETE FROM queue_positions WHERE topic = ?1",
        "DELETE FROM poll_closings WHERE topic = ?1"})
    connection.statement(sql).bind_text(1, topic).run();
  return note(connection, action, now);
}

Result<Finality> finalise(StoreConnection& connection, PollId poll, const ClosedLog& closed,
                          const PollCounts& counted, Time now) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  if (found->final_at) return Finality::was_final;
  const Time in_time = found->in_time_until();
  if (!end_is_decided(*found, now) || now <= in_time) return Finality::not_due;
  for (const std::string& topic : list_topics(connection))
    if (topic != closed.topic) return Finality::elsewhere;
  if (!is_read_everywhere(connection, poll, closed, closed_after(*found)))
    return Finality::not_read;
  if (count_holding(connection, poll, in_time) > 0) return Finality::held_back;
  if (!is_counted(read_counts(connection, *found), counted)) return Finality::miscounted;
  write_final(connection, poll, now);
  return Finality::made_final;
}

}  // namespace vote
