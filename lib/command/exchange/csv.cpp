#include "command/exchange/csv.h"

#include <utility>

namespace vote::command {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool begins_formula(char c) {
  return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

bool separates(char c) {
  return c == ';' || c == ',' || c == '\t' || c == '\n' || c == '\r';
}

/// Where a spreadsheet may take a cell to begin and see a formula behind any number of quotes:
/// the number of those, and nothing elsewhere.
std::optional<std::size_t> quotes_before_formula(std::string_view text, std::size_t at) {
  if (at > 0 && !separates(text[at - 1])) return std::nullopt;
  std::size_t quotes = 0;
  while (at + quotes < text.size() && text[at + quotes] == '\'') ++quotes;
  if (at + quotes == text.size() || !begins_formula(text[at + quotes])) return std::nullopt;
  return quotes;
}

std::string guarded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quotes_before_formula(text, i)) out += '\'';
    out += text[i];
  }
  return out;
}

}  // namespace

std::string unguarded(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const auto quotes = quotes_before_formula(cell, i);
    if (!quotes || *quotes == 0) out += cell[i];
  }
  return out;
}

std::string csv_cell(std::string_view text) {
  std::string safe = guarded(text);
  if (safe.find_first_of(",;\"\r\n\t ") == std::string::npos) return safe;
  std::string out = "\"";
  for (const char c : safe) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

CsvReader::CsvReader(Rereadable& input) : input_(input) {
  rewind();
}

void CsvReader::rewind() {
  input_.rewind();
  piece_ = {};
  at_ = At::row_start;
  first_ = true;
  carriage_return_ = false;
  row_bytes_ = 0;
  place_ = {};
  row_.clear();
}

bool CsvReader::fill() {
  if (!piece_.empty()) return true;
  piece_ = input_.next_piece();
  if (std::exchange(first_, false) && piece_.starts_with(kByteOrderMark))
    piece_.remove_prefix(kByteOrderMark.size());
  return !piece_.empty();
}

CsvReader::Next CsvReader::next() {
  row_.clear();
  row_bytes_ = 0;
  while (fill()) {
    const char c = piece_.front();
    piece_.remove_prefix(1);
    bool row_ended = false;
    if (auto wrong = step(c, row_ended)) return *wrong;
    if (c == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++place_.column;
    }
    if (row_ended) return std::move(row_);
    if (++row_bytes_ > kRecordBytesMax)
      return complaint("a row is longer than " + std::to_string(kRecordBytesMax) + " bytes");
  }
  if (at_ == At::row_start && !carriage_return_) return End{};
  if (at_ == At::quoted)
    return Complaint{row_.back().place,
                     "the file ends in the middle of this cell, whose quote is never closed", true};
  return complaint("the file ends in the middle of a row: the last line has no end");
}

/// One character: what it does to the row.
std::optional<Complaint> CsvReader::step(char c, bool& row_ended) {
  if (carriage_return_ && c != '\n')
    return complaint("a carriage return that ends no line: put the cell in quotes");
  if (at_ == At::quoted) {
    if (c == '"')
      at_ = At::quote_in_quoted;
    else
      take(c);
    return std::nullopt;
  }
  if (c == '\n') {
    if (at_ == At::row_start || at_ == At::cell_start) begin_cell();
    end_cell();
    carriage_return_ = false;
    row_ended = true;
    at_ = At::row_start;
  } else if (c == '\r') {
    carriage_return_ = true;
  } else if (c == ',') {
    if (at_ == At::row_start || at_ == At::cell_start) begin_cell();
    end_cell();
    if (row_.size() == kCellsMax)
      return complaint("a row has more than " + std::to_string(kCellsMax) + " cells");
    at_ = At::cell_start;
  } else if (at_ == At::quote_in_quoted) {
    if (c != '"') return complaint("a character behind the closing quote of a cell");
    take(c);
    at_ = At::quoted;
  } else if (at_ == At::plain) {
    if (c == '"') return complaint("a quote within a cell that is not in quotes");
    take(c);
  } else {
    begin_cell();
    at_ = c == '"' ? At::quoted : At::plain;
    if (at_ == At::plain) take(c);
  }
  return std::nullopt;
}

void CsvReader::begin_cell() {
  row_.push_back({"", place_});
}

void CsvReader::end_cell() {
  std::string& text = row_.back().text;
  if (text.find('\'') != std::string::npos) text = unguarded(text);
}

void CsvReader::take(char c) {
  row_.back().text += c;
}

}  // namespace vote::command
