// Accounts of others, for admins.
#include "api/access.h"
#include "api/body.h"
#include "api/json.h"
#include "http/completed.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;

Awaited find_page(Site& site, PageWish wish) {
  const auto page = co_await http::completed<Result<UserPage>>([&](auto done) {
    site.parts.store.users(std::move(wish.cursor), wish.limit, std::move(done));
  });
  co_return respond(200, page, [](const UserPage& users) { return to_json(users); });
}

Awaited find_user(Site& site, UserId id) {
  const auto user = co_await http::completed<Result<User>>(
      [&](auto done) { site.parts.store.user(id, std::move(done)); });
  co_return respond(200, user, [](const User& account) { return to_json(account); });
}

Awaited set_user(Site& site, UserId id, std::optional<Role> role, std::optional<bool> verified) {
  const auto user = co_await http::completed<Result<User>>(
      [&](auto done) { site.parts.store.set_user(id, role, verified, std::move(done)); });
  co_return respond(200, user, [](const User& account) { return to_json(account); });
}

}  // namespace

http::Answer list_users(Site& site, http::Request& request) {
  admin_of(site, request);
  return find_page(site, page_wish_of(request));
}

http::Answer show_user(Site& site, http::Request& request) {
  admin_of(site, request);
  return find_user(site, user_id_of(request));
}

http::Answer change_user(Site& site, http::Request& request) {
  admin_of(site, request);
  std::optional<std::string> role_name;
  std::optional<bool> verified;
  read_body(request, {{"role", &role_name}, {"verified", &verified}});
  if (!role_name && !verified) refuse_malformed("role or verified must be there");
  const auto role = role_name ? parse_role(*role_name) : std::nullopt;
  if (role_name && (!role || *role == Role::guest))
    return refusal({Code::invalid_input, "role must be voter, auditor or admin"});
  return set_user(site, user_id_of(request), role, verified);
}

}  // namespace vote::api
