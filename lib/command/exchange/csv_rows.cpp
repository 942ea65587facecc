#include "command/exchange/csv_rows.h"

#include <algorithm>

#include "command/exchange/ballot_columns.h"
#include "command/exchange/csv.h"

namespace vote::command {
namespace {

constexpr std::string_view kRowEnd = "\r\n";

}  // namespace

std::string csv_head(const ExportHeader& header) {
  std::string row;
  const auto add = [&row](std::string_view name) {
    if (!row.empty()) row += ',';
    row += csv_cell(name);
  };
  if (header.anonymous)
    add(kCountColumn);
  else
    for (const auto name : {kUserColumn, kRequestColumn, kTimeColumn, kRevisionColumn}) add(name);
  for (const PollOption& option : header.poll.options)
    add(std::string(kOptionColumn).append(option.text));
  return row.append(kRowEnd);
}

// Nothing in it needs quotes or a guard.
std::string csv_row(const ExportHeader& header, const FileBallot& ballot) {
  std::string row;
  if (header.anonymous) {
    row = std::to_string(ballot.count);
  } else {
    row.append(ballot.voter->text()).append(",").append(ballot.request->text()).append(",");
    row.append(to_text(*ballot.cast_at)).append(",").append(std::to_string(ballot.revision));
  }
  for (const PollOption& option : header.poll.options) {
    const bool chosen = std::ranges::find(ballot.options, option.id) != ballot.options.end();
    row += chosen ? ",1" : ",";
  }
  return row.append(kRowEnd);
}

}  // namespace vote::command
