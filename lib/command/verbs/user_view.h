#pragma once
// An account as a person or a pipe reads it.
#include "client/client.h"
#include "command/console.h"

namespace vote::command {

/// Of an answer that holds one user.
void show_user(Console& console, const client::Answer& answer);

}  // namespace vote::command
