#pragma once
// Rows for people (aligned, with a heading) and for pipes (tab-separated, without). Pure.
#include <string>
#include <string_view>
#include <vector>

#include "command/display.h"

namespace vote::command {

struct Column {
  std::string heading;
  Side text_at = Side::left;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns; raw text, made harmless here.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// Aligned columns, two spaces apart, below their headings; the last column is cut so that a row
  /// stays within `width` columns (0: no limit).
  std::string for_people(std::size_t width) const;
  /// One row a line, columns separated by one tab, no heading.
  std::string for_pipes() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A record of one thing: names and values, as rows of two columns.
class Record {
 public:
  void add(std::string name, std::string value) {
    rows_.emplace_back(std::move(name), std::move(value));
  }
  std::string for_people() const;  // "title:   Lunch"
  std::string for_pipes() const;   // "title\tLunch"

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

}  // namespace vote::command
