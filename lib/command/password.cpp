#include "command/password.h"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "command/failure.h"
#include "command/line_reader.h"

namespace vote::command {
namespace {

/// The terminal does not show what is typed while this lives.
class NoEcho {
 public:
  NoEcho() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;

  const termios& before() const { return before_; }

 private:
  termios before_{};
};

const termios* echo_before = nullptr;

void restore_echo_and_end(int signal) {
  tcsetattr(STDIN_FILENO, TCSANOW, echo_before);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::string ask(const std::string& question) {
  std::cerr << question << std::flush;
  const NoEcho quiet;
  echo_before = &quiet.before();
  const auto on_interrupt = std::signal(SIGINT, restore_echo_and_end);
  const auto on_end = std::signal(SIGTERM, restore_echo_and_end);
  std::string answer;
  std::getline(std::cin, answer);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_end);
  return answer;
}

}  // namespace

std::string read_password(const Console& console, const PasswordSource& source, bool confirm) {
  if (!source.file.empty()) {
    std::string line;
    LineReader(source.file).wait_for_next(line);
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  if (!console.terminal().input)
    throw Failure(ExitCode::usage, "no password: stdin is no terminal to ask on",
                  "--password-file FILE or --password-stdin");
  std::string password = ask("password: ");
  if (confirm && ask("again: ") != password)
    throw Failure(ExitCode::usage, "the two passwords differ");
  return password;
}

}  // namespace vote::command
