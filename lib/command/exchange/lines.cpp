#include "command/exchange/lines.h"

namespace vote::command {

Lines::Lines(Rereadable& input) : input_(input) {
  rewind();
}

void Lines::rewind() {
  input_.rewind();
  piece_ = {};
  number_ = 0;
}

Lines::Next Lines::next() {
  line_.clear();
  for (;;) {
    if (piece_.empty()) piece_ = input_.next_piece();
    if (piece_.empty() && line_.empty()) return End{};
    const Place here{number_ + 1, characters_in(line_) + 1};
    if (piece_.empty())
      return Complaint{here, "the file ends in the middle: the last line has no end", true};
    const auto end = piece_.find('\n');
    line_ += piece_.substr(0, end);
    if (line_.size() > kRecordBytesMax)
      return Complaint{{number_ + 1, 1},
                       "the line is longer than " + std::to_string(kRecordBytesMax) + " bytes",
                       true};
    if (end != std::string_view::npos) {
      piece_.remove_prefix(end + 1);
      ++number_;
      return std::string_view(line_);
    }
    piece_ = {};
  }
}

}  // namespace vote::command
