#include "vote/account.h"

#include <algorithm>

#include "vote/poll.h"

namespace vote {
namespace {

Error invalid(std::string detail) {
  return {Code::invalid_input, std::move(detail)};
}

// Enough to catch a slip; whether mail arrives there is found out by sending some.
bool looks_like_email(std::string_view email) {
  const auto at = email.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
         email.find('@', at + 1) == std::string_view::npos &&
         email.find(' ') == std::string_view::npos;
}

}  // namespace

std::string_view name(Role role) {
  switch (role) {
    case Role::guest:
      return "guest";
    case Role::voter:
      return "voter";
    case Role::auditor:
      return "auditor";
    case Role::admin:
      return "admin";
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::guest, Role::voter, Role::auditor, Role::admin})
    if (name(role) == text) return role;
  return std::nullopt;
}

std::optional<Error> check_registration(std::string_view email, std::string_view username,
                                        std::string_view password) {
  if (email.size() > kEmailBytesMax || !looks_like_email(email))
    return invalid("email is no address of the form name@domain");
  if (const auto defect = text_defect(email, kEmailBytesMax, false))
    return invalid("email " + *defect);
  if (const auto defect = text_defect(username, kUsernameCharactersMax, false))
    return invalid("username " + *defect);
  if (username.size() < kUsernameCharactersMin)
    return invalid("username is shorter than 2 characters");
  if (username.find('@') != std::string_view::npos)
    return invalid("username contains '@', which only an e-mail address may");
  if (username.front() == ' ' || username.back() == ' ')
    return invalid("username begins or ends with a space");
  if (password.size() < kPasswordBytesMin) return invalid("password is shorter than 8 bytes");
  if (password.size() > kPasswordBytesMax) return invalid("password is longer than 1024 bytes");
  return std::nullopt;
}

}  // namespace vote
