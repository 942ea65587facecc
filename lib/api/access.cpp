#include "api/access.h"

#include <algorithm>
#include <charconv>

#include "api/body.h"
#include "http/completed.h"
#include "http/problem.h"

namespace vote::api {
namespace {

[[noreturn]] void refuse(Code code, std::string detail) {
  throw http::HttpError(http::problem(Error{code, std::move(detail)}));
}

/// The token behind "Bearer "; empty where it is another scheme, or nothing.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return "";
  const bool bearer = std::equal(
      kScheme.begin(), kScheme.end(), authorization.begin(),
      [](char a, char b) { return a == b || (b >= 'A' && b <= 'Z' && a == b - 'A' + 'a'); });
  if (!bearer) return "";
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

template <class SomeId>
SomeId id_of(const http::Request& request, std::string_view kind) {
  const std::string& text = request.parameters.at(0);
  const auto id = SomeId::parse(text);
  if (!id) refuse_malformed("the path names no " + std::string(kind) + ": an id is a UUID");
  return *id;
}

}  // namespace

Credential credential_of(const Site& site, std::string_view token) {
  auto credential = site.parts.tokens.verify(token, site.parts.polls.store_now());
  if (!credential) throw http::HttpError(http::problem(credential.error()));
  return *credential;
}

std::optional<Credential> credential_if_any(const Site& site, const http::Request& request) {
  const auto authorization = request.field("Authorization");
  if (!authorization) return std::nullopt;
  return credential_of(site, bearer_token(*authorization));
}

std::optional<Identity> identity_if_any(const Site& site, const http::Request& request) {
  return credential_if_any(site, request);
}

Identity identity_of(const Site& site, const http::Request& request) {
  return credential_of(site, bearer_token(request.field("Authorization").value_or("")));
}

Identity admin_of(const Site& site, const http::Request& request) {
  const Identity identity = identity_of(site, request);
  if (identity.role != Role::admin) refuse(Code::forbidden, "this is for admins");
  return identity;
}

Identity auditor_of(const Site& site, const http::Request& request) {
  const Identity identity = identity_of(site, request);
  if (identity.role != Role::auditor && identity.role != Role::admin)
    refuse(Code::forbidden, "this is for auditors and admins");
  return identity;
}

PollId poll_id_of(const http::Request& request) {
  return id_of<PollId>(request, "poll");
}
UserId user_id_of(const http::Request& request) {
  return id_of<UserId>(request, "user");
}

PageWish page_wish_of(const http::Request& request) {
  PageWish wish;
  wish.cursor = request.query_parameter("cursor").value_or("");
  const auto text = request.query_parameter("limit");
  if (!text) return wish;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, wish.limit);
  if (error != std::errc() || rest != end || wish.limit < 1 || wish.limit > kPageSizeMax)
    refuse_malformed("limit must be a whole number from 1 to " + std::to_string(kPageSizeMax));
  return wish;
}

bool may_change(const Poll& poll, const std::optional<Identity>& viewer) {
  return viewer && (viewer->role == Role::admin || viewer->user == poll.owner);
}

Error no_such_poll(PollId id) {
  return {Code::not_found, "there is no poll " + id.text()};
}

boost::asio::awaitable<Result<PollCopy>> find_poll(Site& site, PollId id,
                                                   std::optional<Identity> viewer) {
  PollCopy copy = site.parts.polls.find(id);
  if (!copy) {
    auto loaded = co_await http::completed<Result<PollCopy>>(
        [&](auto done) { site.parts.polls.get(id, std::move(done)); });
    if (!loaded) co_return loaded.error();
    copy = *loaded;
  }
  if (copy->published) co_return copy;
  if (!may_change(*copy, viewer)) co_return no_such_poll(id);
  auto current = co_await http::completed<Result<Poll>>(
      [&](auto done) { site.parts.store.poll(id, std::move(done)); });
  if (!current) co_return current.error();
  co_return std::make_shared<const Poll>(std::move(*current));
}

OperatorAction action_of(const Site& site, const http::Request& request, const Identity& actor,
                         std::string action, std::optional<PollId> poll) {
  OperatorAction made;
  made.actor = actor.user.text();
  made.action = std::move(action);
  made.poll = poll;
  made.ip = site.parts.proxies.client_of(request).ip;
  return made;
}

boost::asio::awaitable<Result<Done>> note(Site& site, OperatorAction action) {
  co_return co_await http::completed<Result<Done>>(
      [&](auto done) { site.parts.store.note(std::move(action), std::move(done)); });
}

http::Response respond(unsigned status, std::string json) {
  http::Response response;
  response.status = status;
  response.body = std::move(json);
  return response;
}

http::Response refusal(const Error& error) {
  return http::problem(error);
}

}  // namespace vote::api
