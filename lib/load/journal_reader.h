#pragma once
// A journal read line by line (journal.h has the format). What is no line of a journal is handed
// out as Broken, with what is wrong; nothing is skipped. One thread.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "load/journal.h"

namespace vote::load {

inline constexpr std::size_t kJournalLineBytesMax = std::size_t{1} << 20U;

struct Unsent {
  std::uint64_t first = 0;
};
struct Replay {};
struct End {
  std::uint64_t sends = 0;
  std::uint64_t answers = 0;
};
struct Broken {
  std::string reason;
  bool torn = false;  // the file ends in the middle of this line, or did when --replay went on
};
using JournalLine = std::variant<Send, Answer, Read, Unsent, Replay, End, Broken>;

class JournalReader {
 public:
  /// Reads the header. Throws JournalError: no such file, no journal, another version.
  explicit JournalReader(const std::string& path);
  ~JournalReader();
  JournalReader(const JournalReader&) = delete;

  const std::string& path() const { return path_; }
  const JournalHeader& header() const { return header_; }
  /// The next line; nothing at the end. Texts in it live until the next call. Throws JournalError
  /// where the file cannot be read.
  std::optional<JournalLine> next();
  /// Of the line that `next` gave; the header is line 1.
  std::uint64_t line_number() const { return line_number_; }

 private:
  class Lines;
  class Parser;
  std::string path_;
  std::unique_ptr<Lines> lines_;
  std::unique_ptr<Parser> parser_;
  JournalHeader header_;
  std::uint64_t line_number_ = 1;
};

}  // namespace vote::load
