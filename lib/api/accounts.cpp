// Accounts of people's own: register, log in, guests, who am I.
#include "api/access.h"
#include "api/body.h"
#include "api/json.h"
#include "http/completed.h"
#include "runtime/random.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;

http::Response new_session(const Site& site, const Identity& identity) {
  const Time now = std::chrono::floor<std::chrono::seconds>(site.parts.polls.store_now());
  const Time expires = now + site.parts.token_ttl;
  http::Response response =
      respond(201, session_json(site.parts.tokens.mint(identity, now, expires), expires));
  response.fields.emplace_back("Cache-Control", "no-store");
  return response;
}

Awaited add_account(Site& site, User user, std::string password) {
  auto hash = co_await http::completed<Result<std::string>>(
      [&](auto done) { site.parts.passwords.hash(std::move(password), std::move(done)); });
  if (!hash) co_return refusal(hash.error());
  const auto added = co_await http::completed<Result<User>>([&](auto done) {
    site.parts.store.add_user({std::move(user), std::move(*hash)}, std::move(done));
  });
  co_return respond(201, added, [](const User& account) { return to_json(account); });
}

/// The same work and the same words for an unknown user and a wrong password.
Awaited check_password(Site& site, std::string login, std::string password) {
  const auto found = co_await http::completed<Result<UserRecord>>(
      [&](auto done) { site.parts.store.find_user(std::move(login), std::move(done)); });
  if (!found && found.error().code != Code::not_found) co_return refusal(found.error());
  std::string hash = found ? found->password_hash : "";
  const auto right = co_await http::completed<Result<bool>>([&](auto done) {
    site.parts.passwords.verify(std::move(password), std::move(hash), std::move(done));
  });
  if (!right) co_return refusal(right.error());
  if (!*right || !found)
    co_return refusal({Code::unauthorized, "no account has this name and this password"});
  co_return new_session(site, {found->user.id, found->user.role, found->user.verified});
}

Awaited find_account(Site& site, UserId id) {
  const auto user = co_await http::completed<Result<User>>(
      [&](auto done) { site.parts.store.user(id, std::move(done)); });
  if (!user && user.error().code == Code::not_found)
    co_return refusal({Code::not_found, "this token belongs to no account here"});
  co_return respond(200, user, [](const User& account) { return to_json(account); });
}

}  // namespace

http::Answer register_user(Site& site, http::Request& request) {
  std::optional<std::string> email;
  std::optional<std::string> username;
  std::optional<std::string> password;
  read_body(request, {{"email", &email}, {"username", &username}, {"password", &password}});
  User user;
  user.id = fresh_id<UserId>(site.parts.clock);
  user.email = required(email, "email");
  user.username = required(username, "username");
  std::string secret = required(password, "password");
  if (const auto error = check_registration(user.email, user.username, secret))
    return refusal(*error);
  return add_account(site, std::move(user), std::move(secret));
}

http::Answer log_in(Site& site, http::Request& request) {
  std::optional<std::string> email;
  std::optional<std::string> username;
  std::optional<std::string> password;
  read_body(request, {{"email", &email}, {"username", &username}, {"password", &password}});
  if (email.has_value() == username.has_value())
    refuse_malformed("either email or username must be there");
  return check_password(site, email ? std::move(*email) : std::move(*username),
                        required(password, "password"));
}

http::Answer become_guest(Site& site, http::Request& request) {
  read_no_body(request);
  return new_session(site, {fresh_id<UserId>(site.parts.clock), Role::guest, false});
}

http::Answer show_myself(Site& site, http::Request& request) {
  return find_account(site, identity_of(site, request).user);
}

}  // namespace vote::api
