#pragma once
// Voting without an account.
#include "command/verb.h"

namespace vote::command {

/// Makes `server` speak as this user's guest: the one kept from before, so that a guest finds their
/// vote again, else a new one, which is kept beside the sessions.
void become_guest(Context& context, Server& server);

}  // namespace vote::command
