#pragma once
// The verbs of vote-dlq, each in the file of its name; what it does is said by its --help.
#include "command/verb.h"

namespace vote::command {

void add_dead_letter_list(Verbs& top);
void add_dead_letter_show(Verbs& top);
void add_dead_letter_count(Verbs& top);
void add_dead_letter_decisions(Verbs& top);  // requeue, drop
void add_lost_votes(Verbs& top);

}  // namespace vote::command
