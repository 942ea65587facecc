#pragma once
// The secret that signs tokens, for the verbs of who holds its file.
#include <string>

#include "account/token.h"

namespace vote::command {

/// Throws Failure (exit code `config`) that names the file and says how to make one.
Tokens tokens_of(const std::string& secret_file);

}  // namespace vote::command
