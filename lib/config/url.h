#pragma once
// URLs of backends as they may be shown. Pure.
#include <string>

namespace vote {

/// scheme://user:***@host and ?password=***; any other text as it is.
std::string without_password(std::string url);

}  // namespace vote
