#pragma once
// What ends a command before its end: one exception, made in one place of what the server or a port
// has answered. Exit codes: config/exit_code.h.
#include <stdexcept>
#include <string>
#include <string_view>

#include "client/client.h"
#include "config/exit_code.h"
#include "vote/error.h"

namespace vote::command {

/// Says what happened and, where there is one thing to try, what that is.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message, std::string hint = "")
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}
  ExitCode code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  ExitCode code_;
  std::string hint_;
};

/// The one place where an HTTP status becomes an exit code.
ExitCode exit_code_of(unsigned status);
/// The one thing to try after a refusal with this code; empty where there is none.
std::string hint_for(std::string_view code);

/// "already voted: another vote of yours stands", with its hint.
Failure failure_of(const client::Answer& answer);
Failure failure_of(const Error& error);

/// The value, or throws what `failure_of` makes of the error.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw failure_of(result.error());
  return std::move(*result);
}

}  // namespace vote::command
