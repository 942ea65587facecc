#include <nlohmann/json.hpp>

#include "command/exchange/ballot_file.h"
#include "command/exchange/export_lines.h"
#include "command/exchange/json_line.h"
#include "command/exchange/lines.h"

namespace vote::command {
namespace {

class NdjsonBallots final : public BallotFile {
 public:
  explicit NdjsonBallots(Rereadable& input) : lines_(input) {}

  std::optional<Complaint> read_header() {
    const Lines::Next first = lines_.next();
    if (const auto* wrong = std::get_if<Complaint>(&first)) return *wrong;
    const auto* line = std::get_if<std::string_view>(&first);
    if (line == nullptr) return Complaint{{}, "the file is empty", true};
    try {
      header_ = header_of(JsonLine(*line, 1));
      return std::nullopt;
    } catch (const LineRefused& refused) {
      return refused.complaint;
    }
  }

  const Poll& poll() const override { return header_.poll; }

  void rewind() override {
    lines_.rewind();
    lines_.next();  // the header, which has been read
    counted_ = ExportCount(header_.poll);
    ended_ = false;
  }

  Next next() override {
    const Lines::Next found = lines_.next();
    if (const auto* wrong = std::get_if<Complaint>(&found)) return *wrong;
    const auto* line = std::get_if<std::string_view>(&found);
    if (line == nullptr && ended_) return End{};
    const std::uint64_t number = lines_.number();
    if (line == nullptr)
      return Complaint{{number + 1, 1},
                       "the file ends in the middle: the last line of an export has \"end\"",
                       true};
    if (ended_) return Complaint{{number, 1}, "there is a line behind the end", true};
    try {
      const JsonLine json(*line, number);
      if (json.has("end")) {
        ended_ = true;
        check_end(json, counted_);
        return next();
      }
      FileBallot ballot = ballot_of(json, header_);
      counted_.add(ballot.options, ballot.count);
      return ballot;
    } catch (const LineRefused& refused) {
      return refused.complaint;
    }
  }

 private:
  Lines lines_;
  ExportHeader header_;
  ExportCount counted_{Poll{}};
  bool ended_ = false;
};

}  // namespace

Opened open_ndjson(Rereadable& input) {
  auto file = std::make_unique<NdjsonBallots>(input);
  if (auto wrong = file->read_header()) return *wrong;
  file->rewind();
  return file;
}

BallotFormat format_of(Rereadable& input) {
  input.rewind();
  const bool json = input.next_piece().starts_with('{');
  input.rewind();
  return json ? BallotFormat::ndjson : BallotFormat::csv;
}

}  // namespace vote::command
