#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// `rest`: WHERE and what follows.
std::string select_users(const std::string& rest) {
  return "SELECT user_id, email, username, password_hash, role, is_verified, us_of(created_at)"
         " FROM users " +
         rest;
}

UserRecord record_of(const Rows& rows, std::size_t row) {
  UserRecord record;
  record.user.id = rows.id<UserId>(row, 0);
  record.user.email = rows.text(row, 1);
  record.user.username = rows.text(row, 2);
  record.password_hash = rows.text(row, 3);
  record.user.role = parse_role(rows.text(row, 4)).value_or(Role::voter);
  record.user.verified = rows.truth(row, 5);
  record.user.created_at = rows.time(row, 6);
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

Result<User> add_user(Session& session, const UserRecord& record) {
  if (auto error = check_role(record.user.role)) return *error;
  User user = record.user;
  const Rows added = session.run(
      "INSERT INTO users VALUES ($1, $2, $3, $4, $5, $6, vote_now())"
      " ON CONFLICT DO NOTHING RETURNING us_of(created_at)",
      Params()
          .add(user.id)
          .add(user.email)
          .add(user.username)
          .add(record.password_hash)
          .add(name(user.role))
          .add(user.verified));
  if (added.size() == 1) {
    user.created_at = added.time(0, 0);
    return user;
  }
  // The same call again, after an answer that was lost.
  Result<User> standing = find_user(session, user.id);
  if (standing && standing->email == user.email && standing->username == user.username)
    return standing;
  const bool email_taken = static_cast<bool>(find_user(session, user.email));
  return Error{Code::name_taken, email_taken ? "this e-mail address is registered already"
                                             : "the username '" + user.username + "' is taken"};
}

Result<UserRecord> find_user(Session& session, const std::string& login) {
  const Rows rows =
      session.run(select_users("WHERE lower(email) = lower($1) OR lower(username) = lower($1)"),
                  Params().add(login));
  if (rows.size() == 0) return no_such_user();
  return record_of(rows, 0);
}

Result<User> find_user(Session& session, UserId id) {
  const Rows rows = session.run(select_users("WHERE user_id = $1"), Params().add(id));
  if (rows.size() == 0) return no_such_user();
  return record_of(rows, 0).user;
}

Result<UserPage> list_users(Session& session, const std::string& cursor, std::size_t limit) {
  const auto after = cursor.empty() ? UserId{} : UserId::parse(cursor);
  if (!after) return Error{Code::invalid_input, "cursor is not one that a page of users gave"};
  limit = std::clamp<std::size_t>(limit, 1, PostgresStore::kPageSizeMax);
  const Rows rows = session.run(select_users("WHERE user_id > $1 ORDER BY user_id LIMIT $2"),
                                Params().add(*after).add(static_cast<std::int64_t>(limit) + 1));
  UserPage page;
  for (std::size_t row = 0; row < std::min(rows.size(), limit); ++row)
    page.users.push_back(record_of(rows, row).user);
  if (rows.size() > limit) page.next_cursor = page.users.back().id.text();
  return page;
}

Result<User> set_user(Session& session, UserId id, std::optional<Role> role,
                      std::optional<bool> verified) {
  if (role)
    if (auto error = check_role(*role)) return *error;
  const auto role_name = role ? std::optional<std::string>(name(*role)) : std::nullopt;
  const Rows changed = session.run(
      "UPDATE users SET role = coalesce($2, role), is_verified = coalesce($3, is_verified)"
      " WHERE user_id = $1",
      Params().add(id).add(role_name).add(verified));
  if (changed.affected() == 0) return no_such_user();
  return find_user(session, id);
}

}  // namespace vote::postgres
