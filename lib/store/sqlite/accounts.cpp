#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

/// Of a row of `SELECT * FROM users`.
UserRecord record_of(const sqlite::Statement& row) {
  UserRecord record;
  record.user.id = id_of<UserId>(row, 0);
  record.user.email = row.text(1);
  record.user.username = row.text(2);
  record.password_hash = row.text(3);
  record.user.role = parse_role(row.text(4)).value_or(Role::voter);
  record.user.verified = row.integer(5) != 0;
  record.user.created_at = time_of(row.integer(6));
  return record;
}

Error no_such_user() {
  return {Code::not_found, "no such user"};
}

std::optional<Error> check_role(Role role) {
  if (role != Role::guest) return std::nullopt;
  return Error{Code::invalid_input, "a guest has no account: the role is voter, auditor or admin"};
}

}  // namespace

Result<User> add_user(StoreConnection& connection, const UserRecord& record, Time now) {
  if (auto error = check_role(record.user.role)) return *error;
  User user = record.user;
  user.created_at = now;
  auto& insert = connection.statement(
      "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING");
  insert.bind_blob(1, user.id.raw())
      .bind_text(2, user.email)
      .bind_text(3, user.username)
      .bind_text(4, record.password_hash)
      .bind_text(5, name(user.role))
      .bind(6, user.verified ? 1 : 0)
      .bind(7, microseconds_of(now))
      .run();
  if (connection.database().changes() == 1) return user;
  // The same call again, after an answer that was lost.
  Result<User> standing = find_user(connection, user.id);
  if (standing && standing->email == user.email && standing->username == user.username)
    return standing;
  const bool email_taken = static_cast<bool>(find_user(connection, user.email));
  return Error{Code::name_taken, email_taken ? "this e-mail address is registered already"
                                             : "the username '" + user.username + "' is taken"};
}

Result<UserRecord> find_user(StoreConnection& connection, const std::string& login) {
  Use row(connection.statement("SELECT * FROM users WHERE email = ?1 OR username = ?1"));
  row->bind_text(1, login);
  if (!row->step()) return no_such_user();
  return record_of(*row);
}

Result<User> find_user(StoreConnection& connection, UserId id) {
  Use row(connection.statement("SELECT * FROM users WHERE user_id = ?1"));
  row->bind_blob(1, id.raw());
  if (!row->step()) return no_such_user();
  return record_of(*row).user;
}

Result<UserPage> list_users(StoreConnection& connection, const std::string& cursor,
                            std::size_t limit) {
  const auto after = cursor.empty() ? UserId{} : UserId::parse(cursor);
  if (!after) return Error{Code::invalid_input, "cursor is not one that a page of users gave"};
  limit = std::clamp<std::size_t>(limit, 1, SqliteStore::kPageSizeMax);
  Use row(connection.statement("SELECT * FROM users WHERE user_id > ?1 ORDER BY user_id LIMIT ?2"));
  row->bind_blob(1, after->raw()).bind(2, static_cast<std::int64_t>(limit) + 1);
  UserPage page;
  while (row->step()) {
    if (page.users.size() == limit) {
      page.next_cursor = page.users.back().id.text();
      break;
    }
    page.users.push_back(record_of(*row).user);
  }
  return page;
}

Result<User> set_user(StoreConnection& connection, UserId id, std::optional<Role> role,
                      std::optional<bool> verified) {
  if (role)
    if (auto error = check_role(*role)) return *error;
  Result<User> user = find_user(connection, id);
  if (!user) return user;
  user->role = role.value_or(user->role);
  user->verified = verified.value_or(user->verified);
  connection.statement("UPDATE users SET role = ?2, is_verified = ?3 WHERE user_id = ?1")
      .bind_blob(1, id.raw())
      .bind_text(2, name(user->role))
      .bind(3, user->verified ? 1 : 0)
      .run();
  return user;
}

}  // namespace vote
