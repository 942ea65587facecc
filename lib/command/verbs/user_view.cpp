#include "command/verbs/user_view.h"

#include <nlohmann/json.hpp>

#include "command/server.h"

namespace vote::command {

void show_user(Console& console, const client::Answer& answer) {
  if (console.json()) return console.print_json(answer.body);
  const nlohmann::json user = answer.json();
  Record record;
  for (const char* name : {"user_id", "username", "email", "role", "verified", "created_at"})
    if (user.contains(name)) record.add(name, member_text(user, name));
  console.print(record);
}

}  // namespace vote::command
