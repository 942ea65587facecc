#pragma once
// Every verb of votectl, each in the file of its name; what it does is said by its --help.
#include "command/verb.h"

namespace vote::command {

// Accounts.
void add_register(Verbs& top);
void add_login(Verbs& top);
void add_logout(Verbs& top);
void add_whoami(Verbs& top);

// Polls.
void add_poll_create(Verbs& poll);
void add_poll_list(Verbs& poll);
void add_poll_show(Verbs& poll);
void add_poll_edit(Verbs& poll);
void add_poll_steps(Verbs& poll);  // open, close, delete

// Votes.
void add_vote(Verbs& top);
void add_results(Verbs& top);
void add_audit(Verbs& top);
void add_export(Verbs& top);

// For operators.
void add_user(Verbs& top);
void add_token(Verbs& top);
void add_db(Verbs& top);
void add_queue(Verbs& top);
void add_api(Verbs& top);
void add_import(Verbs& top);
void add_config(Verbs& top);

}  // namespace vote::command
