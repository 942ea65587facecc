#include "command/confirm.h"

#include <fstream>

#include "command/display.h"

namespace vote::command {

std::optional<bool> ask_on_terminal(const std::string& question) {
  std::fstream terminal("/dev/tty", std::ios::in | std::ios::out);
  if (!terminal.is_open()) return std::nullopt;
  terminal << harmless(question) << " [y/N] " << std::flush;
  std::string answer;
  std::getline(terminal, answer);
  answer = lower_case(answer);
  return answer == "y" || answer == "yes";
}

}  // namespace vote::command
