#pragma once
// Who runs this program, for the operators' log of the store.
#include <string>

namespace vote::command {

/// "os:root": by the system's name, or number where it has none.
std::string operator_name();

}  // namespace vote::command
