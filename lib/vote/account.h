#pragma once
// Accounts as the domain sees them. Passwords and tokens: account/. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "vote/error.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote {

enum class Role { guest, voter, auditor, admin };
std::string_view name(Role role);
std::optional<Role> parse_role(std::string_view text);

struct User {
  UserId id;
  std::string email;     // compared without regard to ASCII case
  std::string username;  // likewise
  Role role = Role::voter;
  bool verified = false;
  Time created_at;
};

inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 §4.5.3.1.3
inline constexpr std::size_t kUsernameCharactersMin = 2;
inline constexpr std::size_t kUsernameCharactersMax = 64;
inline constexpr std::size_t kPasswordBytesMin = 8;
inline constexpr std::size_t kPasswordBytesMax = 1024;

/// Who is asking, as a valid token says; no look-up is needed to vote.
struct Identity {
  UserId user;
  Role role = Role::voter;
  bool verified = false;
};

/// Checks e-mail, username and password of somebody who registers; the error names the field.
/// A username has no '@', so that a log-in can be either.
std::optional<Error> check_registration(std::string_view email, std::string_view username,
                                        std::string_view password);

}  // namespace vote
