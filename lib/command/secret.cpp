#include "command/secret.h"

#include "command/failure.h"

namespace vote::command {

Tokens tokens_of(const std::string& secret_file) {
  try {
    return Tokens(read_secret_file(secret_file));
  } catch (const std::runtime_error& error) {
    throw Failure(ExitCode::config, error.what());
  }
}

}  // namespace vote::command
