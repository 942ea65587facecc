#pragma once
// Where a command's output goes: data to stdout, words to stderr; for people on a terminal, for
// programs in a pipe. Whatever goes to a terminal is harmless. One thread.
#include <iosfwd>
#include <string>
#include <string_view>

#include "command/table.h"

namespace vote::command {

/// What the streams are; `of_process` asks the kernel and the environment (NO_COLOR, COLUMNS).
struct Terminal {
  bool input = false;  // stdin is one
  bool output = false;
  bool errors = false;
  std::size_t width = 80;
  bool colour = false;

  static Terminal of_process();
};

struct Wishes {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
};

class Console {
 public:
  /// `program`: as complaints begin.
  Console(std::string program, std::ostream& output, std::ostream& errors, Terminal terminal,
          Wishes wishes);

  bool json() const { return wishes_.json; }
  bool quiet() const { return wishes_.quiet; }
  const Terminal& terminal() const { return terminal_; }

  // Data.
  /// As it is. The caller has made harmless what is foreign in it.
  void print(std::string_view text);
  void print(const Table& table);
  void print(const Record& record);
  /// The server's own JSON, one object a line; on a terminal with what could steer it escaped.
  void print_json(std::string_view text);

  // Words. Each ends its line itself.
  void say(std::string_view words);       // not with -q
  void detail(std::string_view words);    // only with -v
  void complain(std::string_view words);  // always: "votectl: …", or whichever program it is
  /// The same line over and over; with an empty text it is gone. Only on a terminal, not with -q.
  void progress(std::string_view words);

  /// Whether stdout is a pipe that nobody reads any more.
  bool reader_is_gone() const;

  /// Everything is written; throws std::runtime_error where stdout did not take it.
  void finish();

 private:
  std::string program_;
  std::ostream& output_;
  std::ostream& errors_;
  Terminal terminal_;
  Wishes wishes_;
  bool line_open_ = false;
};

}  // namespace vote::command
