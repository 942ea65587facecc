#pragma once
// Lines of a file, none longer than kRecordBytesMax.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "command/exchange/place.h"
#include "command/exchange/rereadable.h"

namespace vote::command {

class Lines {
 public:
  explicit Lines(Rereadable& input);

  void rewind();

  struct End {};
  /// The next line without its end, until the next call; one that is too long, and a last one that
  /// has no end, is a complaint, and fatal.
  using Next = std::variant<std::string_view, Complaint, End>;
  Next next();

  std::uint64_t number() const { return number_; }  // of the line given last

 private:
  Rereadable& input_;
  std::string_view piece_;
  std::string line_;
  std::uint64_t number_ = 0;
};

}  // namespace vote::command
