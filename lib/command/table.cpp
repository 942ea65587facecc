#include "command/table.h"

#include <algorithm>
#include <utility>

namespace vote::command {
namespace {

constexpr std::string_view kGap = "  ";

void end_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::for_people(std::size_t width) const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns_) lines.front().push_back(column.heading);
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(harmless(cell));
  }
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], display_width(line[i]));
  std::string out;
  for (const auto& line : lines) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool last = i + 1 == line.size();
      const bool cut = last && width > used;
      out += padded(cut ? cut_to(line[i], width - used) : line[i], last ? 0 : widths[i],
                    columns_[i].text_at);
      if (!last) out += kGap;
      used += widths[i] + kGap.size();
    }
    end_line(out);
  }
  return out;
}

std::string Table::for_pipes() const {
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += '\t';
      out += column_text(row[i]);
    }
    out += '\n';
  }
  return out;
}

std::string Record::for_people() const {
  std::size_t width = 0;
  for (const auto& [name, value] : rows_) width = std::max(width, display_width(name) + 1);
  std::string out;
  for (const auto& [name, value] : rows_) {
    out += padded(name + ":", width, Side::left);
    out += kGap;
    out += harmless(value);
    end_line(out);
  }
  return out;
}

std::string Record::for_pipes() const {
  std::string out;
  for (const auto& [name, value] : rows_) out += name + '\t' + column_text(value) + '\n';
  return out;
}

}  // namespace vote::command
