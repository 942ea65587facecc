#include <algorithm>
#include <charconv>

#include "command/ballot_lines.h"
#include "command/exchange/ballot_columns.h"
#include "command/exchange/ballot_file.h"
#include "command/exchange/csv.h"
#include "runtime/random.h"

namespace vote::command {
namespace {

constexpr std::size_t kCellShownMax = 64;  // bytes of a cell in a message

using Row = std::vector<CsvCell>;

std::string shown(const std::string& text) {
  return "'" + (text.size() > kCellShownMax ? text.substr(0, kCellShownMax) + "…" : text) + "'";
}

template <class Number>
std::optional<Number> number_of(const std::string& text) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

/// What is wrong with a cell; nothing where it is fine and in `ballot`.
using Defect = std::optional<std::string>;

Defect take_voter(const std::string& cell, FileBallot& ballot) {
  if (const auto defect = text_defect(cell, kVoterBytesMax, false)) return "user_id " + *defect;
  if (cell.empty()) return "user_id is empty";
  ballot.voter = voter_named(cell);
  return std::nullopt;
}

Defect take_request(const std::string& cell, FileBallot& ballot) {
  ballot.request = RequestId::parse(cell);
  if (!ballot.request) return "request_id is no UUID: " + shown(cell);
  return std::nullopt;
}

Defect take_time(const std::string& cell, FileBallot& ballot) {
  ballot.cast_at = parse_time(cell);
  if (!ballot.cast_at) return "cast_at is no time like 2030-01-31T18:00:00Z: " + shown(cell);
  return std::nullopt;
}

Defect take_revision(const std::string& cell, FileBallot& ballot) {
  const auto revision = number_of<std::uint32_t>(cell);
  if (!revision) return "revision is no whole number: " + shown(cell);
  ballot.revision = *revision;
  return std::nullopt;
}

Defect take_count(const std::string& cell, FileBallot& ballot) {
  const auto count = number_of<std::uint64_t>(cell);
  if (!count || *count == 0 || *count > kBallotsMax)
    return "ballots is no whole number from 1 to " + std::to_string(kBallotsMax) + ": " +
           shown(cell);
  ballot.count = *count;
  return std::nullopt;
}

struct Column {
  std::string_view name;
  Defect (*take)(const std::string& cell, FileBallot& ballot);
};
constexpr Column kColumns[] = {{kUserColumn, take_voter},
                               {kRequestColumn, take_request},
                               {kTimeColumn, take_time},
                               {kRevisionColumn, take_revision},
                               {kCountColumn, take_count}};

std::string known_columns() {
  std::string names;
  for (const Column& column : kColumns) names.append(column.name).append(", ");
  return names + "and option:TEXT for each option";
}

class CsvBallots final : public BallotFile {
 public:
  CsvBallots(Rereadable& input, const Clock& clock) : reader_(input), clock_(clock) {}

  std::optional<Complaint> read_header() {
    CsvReader::Next first = reader_.next();
    if (auto* wrong = std::get_if<Complaint>(&first)) return *wrong;
    const auto* row = std::get_if<Row>(&first);
    if (row == nullptr) return Complaint{{}, "the file is empty", true};
    for (const CsvCell& cell : *row)
      if (auto defect = add_column(cell)) return Complaint{cell.place, *defect, true};
    if (poll_.options.size() < kOptionsMin)
      return Complaint{{},
                       "there are " + std::to_string(poll_.options.size()) +
                           " option columns, and a poll has 2 at least: a column of an option is "
                           "called option:TEXT, like option:Soup",
                       true};
    if (is_there(kUserColumn) && is_there(kCountColumn))
      return Complaint{{}, "the columns user_id and ballots exclude each other", true};
    return std::nullopt;
  }

  const Poll& poll() const override { return poll_; }

  void rewind() override {
    reader_.rewind();
    reader_.next();  // the header, which has been read
  }

  Next next() override {
    for (;;) {
      CsvReader::Next found = reader_.next();
      if (auto* wrong = std::get_if<Complaint>(&found)) return std::move(*wrong);
      const auto* row = std::get_if<Row>(&found);
      if (row == nullptr) return End{};
      const bool blank = row->size() == 1 && row->front().text.empty();
      if (!blank) return ballot_of(*row);
    }
  }

 private:
  using Target = std::variant<const Column*, OptionId>;

  bool is_there(std::string_view name) const {
    return std::ranges::any_of(columns_, [&](const Target& target) {
      const auto* column = std::get_if<const Column*>(&target);
      return column != nullptr && (*column)->name == name;
    });
  }

  Defect add_column(const CsvCell& cell) {
    const std::string& name = cell.text;
    if (name.starts_with(kOptionColumn)) return add_option(name.substr(kOptionColumn.size()));
    const auto* const known =
        std::ranges::find_if(kColumns, [&](const Column& column) { return column.name == name; });
    if (known == std::end(kColumns))
      return "there is no column " + shown(name) + ": the columns are " + known_columns();
    if (is_there(name)) return "the column " + name + " is there twice";
    columns_.emplace_back(known);
    return std::nullopt;
  }

  Defect add_option(std::string text) {
    if (text.empty()) return "the column names no option: it is called option:TEXT";
    if (const auto defect = text_defect(text, kOptionCharactersMax, false))
      return "the option's text " + *defect;
    for (const PollOption& option : poll_.options)
      if (option.text == text) return "the option " + shown(text) + " has two columns";
    if (poll_.options.size() == kOptionsMax)
      return "there are more than " + std::to_string(kOptionsMax) + " options";
    const auto id = fresh_id<OptionId>(clock_);
    columns_.emplace_back(id);
    poll_.options.push_back({id, std::move(text)});
    return std::nullopt;
  }

  Next ballot_of(const Row& row) const {
    if (row.size() != columns_.size())
      return Complaint{row.front().place, "the row has " + std::to_string(row.size()) +
                                              " cells, and the first row names " +
                                              std::to_string(columns_.size()) + " columns"};
    FileBallot ballot;
    ballot.place = row.front().place;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (const Defect defect = take(row[i].text, columns_[i], ballot))
        return Complaint{row[i].place, *defect};
    return ballot;
  }

  static Defect take(const std::string& cell, const Target& target, FileBallot& ballot) {
    if (const auto* column = std::get_if<const Column*>(&target))
      return (*column)->take(cell, ballot);
    if (cell == "1")
      ballot.options.push_back(std::get<OptionId>(target));
    else if (!cell.empty() && cell != "0")
      return "an option's cell holds 1, 0 or nothing, not " + shown(cell);
    return std::nullopt;
  }

  CsvReader reader_;
  const Clock& clock_;
  Poll poll_;
  std::vector<Target> columns_;
};

}  // namespace

Opened open_csv(Rereadable& input, const Clock& clock) {
  auto file = std::make_unique<CsvBallots>(input, clock);
  if (auto wrong = file->read_header()) return *wrong;
  return file;
}

}  // namespace vote::command
