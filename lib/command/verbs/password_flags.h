#pragma once
// The flags that say where a password comes from.
#include <string>

#include "command/password.h"
#include "command/verb.h"

namespace vote::command {

struct PasswordFlags {
  std::optional<std::string> file;
  bool from_stdin = false;

  void add_to(Verb& verb) {
    verb.option("--password-file", file, "FILE", "its first line; else asked on the terminal");
    verb.flag("--password-stdin", from_stdin, "the first line of stdin");
  }
  PasswordSource source() const { return {from_stdin ? "-" : file.value_or("")}; }
};

}  // namespace vote::command
