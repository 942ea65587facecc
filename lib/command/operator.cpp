#include "command/operator.h"

#include <pwd.h>
#include <unistd.h>

namespace vote::command {

std::string operator_name() {
  const passwd* user = ::getpwuid(::getuid());
  return "os:" + (user != nullptr ? std::string(user->pw_name) : std::to_string(::getuid()));
}

}  // namespace vote::command
