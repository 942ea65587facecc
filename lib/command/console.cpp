#include "command/console.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <stdexcept>

namespace vote::command {
namespace {

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::size_t columns = 80;
  if (const char* text = std::getenv("COLUMNS"); text != nullptr)
    std::from_chars(text, text + std::strlen(text), columns);
  return columns;
}

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org: any value but an empty one
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

Terminal Terminal::of_process() {
  Terminal terminal;
  terminal.input = isatty(STDIN_FILENO) == 1;
  terminal.output = isatty(STDOUT_FILENO) == 1;
  terminal.errors = isatty(STDERR_FILENO) == 1;
  if (terminal.output) terminal.width = terminal_width();
  terminal.colour = terminal.output && colour_wanted();
  return terminal;
}

Console::Console(std::string program, std::ostream& output, std::ostream& errors, Terminal terminal,
                 Wishes wishes)
    : program_(std::move(program)),
      output_(output),
      errors_(errors),
      terminal_(terminal),
      wishes_(wishes) {
  if (wishes_.no_color) terminal_.colour = false;
}

void Console::print(std::string_view text) {
  output_ << text;
}

void Console::print(const Table& table) {
  if (!terminal_.output) {
    output_ << table.for_pipes();
  } else if (!table.empty()) {
    output_ << table.for_people(terminal_.width);
  }
}

void Console::print(const Record& record) {
  output_ << (terminal_.output ? record.for_people() : record.for_pipes());
}

void Console::print_json(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (!terminal_.output) {
    output_ << text << '\n';
    return;
  }
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    output_ << harmless(text.substr(0, end)) << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Console::say(std::string_view words) {
  if (wishes_.quiet) return;
  progress("");
  errors_ << (terminal_.errors ? harmless(words) : std::string(words)) << '\n' << std::flush;
}

void Console::detail(std::string_view words) {
  if (wishes_.verbose) say(words);
}

void Console::complain(std::string_view words) {
  progress("");
  output_.flush();
  errors_ << program_ << ": " << (terminal_.errors ? harmless(words) : std::string(words)) << '\n'
          << std::flush;
}

void Console::progress(std::string_view words) {
  if (!terminal_.errors || wishes_.quiet || (words.empty() && !line_open_)) return;
  errors_ << kEraseLine << harmless(words) << std::flush;
  line_open_ = !words.empty();
}

bool Console::reader_is_gone() const {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

void Console::finish() {
  progress("");
  errno = 0;
  output_.flush();
  if (output_) return;
  const std::string why = errno != 0 ? std::strerror(errno) : "it was closed";
  throw std::runtime_error("cannot write to stdout: " + why);
}

}  // namespace vote::command
