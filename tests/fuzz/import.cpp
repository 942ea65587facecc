// Files of ballots (command/exchange/ballot_file.h): they are read to their end or complained
// about, at a place; a file that is read twice says the same; and cells of CSV are read as they are
// written.
#include "command/ballot_lines.h"
#include "command/exchange/ballot_check.h"
#include "command/exchange/csv.h"
#include "fuzz/fuzz.h"

namespace vote::fuzz {
namespace {

using namespace command;

std::string check(const Complaint& complaint) {
  require(complaint.place.line >= 1 && complaint.place.column >= 1, "a complaint has its place");
  require(!complaint.text.empty(), "a complaint says what is wrong");
  return complaint.text;
}

std::string read_all(BallotFile& file) {
  std::string seen;
  const Checked checked = check_ballots(file, std::max(file.poll().settings.max_votes_per_user, 1U),
                                        [&](const Complaint& one) { seen += check(one) + "\n"; });
  return seen + std::to_string(checked.ballots) + " " + std::to_string(checked.complaints);
}

void check_file(std::string_view bytes) {
  static const ManualClock clock(time_of(1'800'000'000'000'000));
  const File kept(bytes);
  Rereadable input(kept.path());
  Opened opened =
      format_of(input) == BallotFormat::csv ? open_csv(input, clock) : open_ndjson(input);
  if (const auto* wrong = std::get_if<Complaint>(&opened)) {
    check(*wrong);
    return;
  }
  BallotFile& file = *std::get<std::unique_ptr<BallotFile>>(opened);
  const std::string first = read_all(file);
  file.rewind();
  require(read_all(file) == first, "read again it says the same", first);
}

void check_cell(std::string_view text) {
  const File kept("start," + csv_cell(text) + "\r\n");
  Rereadable input(kept.path());
  CsvReader reader(input);
  const auto row = reader.next();
  const auto* cells = std::get_if<std::vector<CsvCell>>(&row);
  require(cells != nullptr && cells->size() == 2 && cells->back().text == text,
          "a cell is read as it was written", text);
}

void check_line(std::string_view text) {
  const auto line = parse_ballot_line(text);
  if (line)
    require(!line->choices.empty(), "a line names a choice", text);
  else
    require(line.error().code == Code::malformed && !line.error().detail.empty(),
            "a refusal says why", text);
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  const std::string_view text = text_of(data, size);
  check_file(text);
  check_cell(text);
  check_line(text.substr(0, text.find('\n')));
  return 0;
}
