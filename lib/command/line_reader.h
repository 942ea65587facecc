#pragma once
// Lines of a file or pipe, without ever blocking: what is not there yet is said to be so.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace vote::command {

class LineReader {
 public:
  /// "-": stdin, which is not closed. Throws Failure (the file cannot be opened).
  explicit LineReader(const std::string& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;

  struct NotYet {};
  struct End {};
  /// The next line without its newline, also a last one that has none. Of a line longer than
  /// `line_bytes_max` only the first bytes, that many and one. Throws Failure (the file cannot be
  /// read).
  using Next = std::variant<std::string, NotYet, End>;
  Next next();

  /// The same, waiting for what is not there yet; false: the end.
  bool wait_for_next(std::string& line);

  int descriptor() const { return descriptor_; }
  std::uint64_t lines() const { return lines_; }       // given so far
  std::uint64_t bytes_read() const { return bytes_; }  // so far
  std::uint64_t bytes_total() const;                   // 0: not known (a pipe)

  static constexpr std::size_t line_bytes_max = 65'536;

 private:
  bool fill();
  std::string cut(std::size_t length, std::size_t skip);

  std::string name_;
  int descriptor_ = -1;
  std::string buffer_;
  std::size_t start_ = 0;    // of what was not given yet
  std::size_t scanned_ = 0;  // up to where no newline is
  bool at_end_ = false;
  bool dropping_ = false;  // the rest of a line that was too long
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace vote::command
