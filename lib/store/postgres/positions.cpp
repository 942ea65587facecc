// How far each partition of the queue has been processed: checked before a batch, moved with it.
#include "store/postgres/session.h"

namespace vote::postgres {

Result<std::vector<Position>> read_positions(Session& session, const std::string& topic) {
  // One at 0 was only ever asked for.
  const Rows rows = session.run(
      "SELECT partition, next_offset, us_of(last_stamp), last_digest FROM queue_positions"
      " WHERE topic = $1 AND next_offset > 0 ORDER BY partition",
      Params().add(topic));
  std::vector<Position> positions;
  for (std::size_t row = 0; row < rows.size(); ++row)
    positions.push_back({topic, static_cast<std::int32_t>(rows.integer(row, 0)),
                         rows.integer(row, 1), rows.time_or_nothing(row, 2),
                         static_cast<std::uint64_t>(rows.integer(row, 3))});
  return positions;
}

bool positions_stand(Session& session, const std::vector<Batch::Move>& moves) {
  if (moves.empty()) return true;
  Array topics, partitions, offsets;
  for (const Batch::Move& move : moves) {
    topics.add(move.to.topic);
    partitions.add(std::int64_t{move.to.partition});
    offsets.add(move.from_offset);
  }
  return session
      .run("SELECT positions_stand($1, $2, $3)",
           Params().add(topics.text()).add(partitions.text()).add(offsets.text()))
      .truth(0, 0);
}

void move_positions(Session& session, const std::vector<Batch::Move>& moves) {
  if (moves.empty()) return;
  Array topics, partitions, offsets, stamps, digests;
  for (const Batch::Move& move : moves) {
    topics.add(move.to.topic);
    partitions.add(std::int64_t{move.to.partition});
    offsets.add(move.to.next_offset);
    stamps.add(move.to.last_stamp);
    digests.add(static_cast<std::int64_t>(move.to.last_digest));
  }
  session.run("SELECT move_positions($1, $2, $3, $4, $5)", Params()
                                                               .add(topics.text())
                                                               .add(partitions.text())
                                                               .add(offsets.text())
                                                               .add(stamps.text())
                                                               .add(digests.text()));
}

}  // namespace vote::postgres
