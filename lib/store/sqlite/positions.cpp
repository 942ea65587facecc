// How far each partition of the queue has been processed: checked before a batch, moved with it.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

std::int64_t next_offset(StoreConnection& connection, const Position& position) {
  Use row(connection.statement(
      "SELECT next_offset FROM queue_positions WHERE topic = ?1 AND partition = ?2"));
  row->bind_text(1, position.topic).bind(2, position.partition);
  return row->step() ? row->integer(0) : 0;
}

}  // namespace

Result<std::vector<Position>> read_positions(StoreConnection& connection,
                                             const std::string& topic) {
  Use row(connection.statement(
      "SELECT partition, next_offset, last_stamp, last_digest FROM queue_positions"
      " WHERE topic = ?1 ORDER BY partition"));
  row->bind_text(1, topic);
  std::vector<Position> positions;
  while (row->step())
    positions.push_back({topic, static_cast<std::int32_t>(row->integer(0)), row->integer(1),
                         time_or_nothing(*row, 2), static_cast<std::uint64_t>(row->integer(3))});
  return positions;
}

bool positions_stand(StoreConnection& connection, const std::vector<Batch::Move>& moves) {
  for (const Batch::Move& move : moves)
    if (next_offset(connection, move.to) != move.from_offset) return false;
  return true;
}

void move_positions(StoreConnection& connection, const std::vector<Batch::Move>& moves) {
  auto& row =
      connection.statement("INSERT OR REPLACE INTO queue_positions VALUES (?1, ?2, ?3, ?4, ?5)");
  for (const Batch::Move& move : moves) {
    if (move.to.next_offset == move.from_offset) continue;
    row.bind_text(1, move.to.topic).bind(2, move.to.partition).bind(3, move.to.next_offset);
    bind_time_or_null(row, 4, move.to.last_stamp);
    row.bind(5, static_cast<std::int64_t>(move.to.last_digest)).run();
  }
}

}  // namespace vote
