#pragma once
// CSV as RFC 4180 has it: cells with commas between them, in quotes where they hold a comma, a
// quote ("") or the end of a line. Read with LF or CRLF, written with CRLF; a byte order mark is
// skipped. One thread.
//
// A spreadsheet takes a cell that begins with = + - @ TAB or CR for a formula, and where its
// separator is ';' or TAB, also what stands behind one within a cell. So a ' is written before such
// a character there, and one more where there is a ' before it already; reading takes exactly one
// away. What was written is read as it was.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "command/exchange/place.h"
#include "command/exchange/rereadable.h"

namespace vote::command {

/// The cell as it is written: guarded against formulas, in quotes where it needs them.
std::string csv_cell(std::string_view text);

/// Without the guard.
std::string unguarded(std::string_view cell);

struct CsvCell {
  std::string text;  // without quotes and guard
  Place place;
};

class CsvReader {
 public:
  static constexpr std::size_t kCellsMax = 1'000;  // in one row

  explicit CsvReader(Rereadable& input);

  /// From the first row again.
  void rewind();

  struct End {};
  /// The next row. A file that ends within a row, or without the end of its last line, is a
  /// complaint; every complaint here is fatal.
  using Next = std::variant<std::vector<CsvCell>, Complaint, End>;
  Next next();

 private:
  enum class At { row_start, cell_start, plain, quoted, quote_in_quoted };

  bool fill();
  void begin_cell();
  void end_cell();
  void take(char c);
  std::optional<Complaint> step(char c, bool& row_ended);
  Complaint complaint(std::string text) const { return {place_, std::move(text), true}; }

  Rereadable& input_;
  std::string_view piece_;
  At at_ = At::row_start;
  bool first_ = true;  // the byte order mark may come
  bool carriage_return_ = false;
  std::size_t row_bytes_ = 0;
  Place place_;  // of the next character
  std::vector<CsvCell> row_;
};

}  // namespace vote::command
