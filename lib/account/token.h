#pragma once
// Tokens: JWT (RFC 7519) with HS256 and nothing else, checked by the rules of RFC 8725: the
// algorithm is ours and not the token's to choose, `exp` is required, every claim is checked.
// Thread-safe; verifying does no I/O.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "vote/account.h"
#include "vote/error.h"
#include "vote/time.h"

namespace vote {

inline constexpr Duration kTokenLeeway = std::chrono::seconds(5);
inline constexpr std::size_t kTokenBytesMax = 4096;
inline constexpr std::size_t kSecretBytesMin = 32;  // RFC 7518 §3.2

/// What a token says: who is asking, and until when it says so.
struct Credential : Identity {
  Time expires_at;
};

class Tokens {
 public:
  /// `secret` is the file's content without a trailing newline. Throws std::invalid_argument where
  /// it is shorter than kSecretBytesMin.
  explicit Tokens(std::string_view secret);
  ~Tokens();
  Tokens(Tokens&&) noexcept;
  Tokens(const Tokens&) = delete;

  /// Claims: sub, role, verified, iat, exp.
  std::string mint(const Identity& identity, Time issued, Time expires) const;
  /// unauthorized, with what is wrong and what to do ("token expired: log in again").
  Result<Credential> verify(std::string_view token, Time now) const;

 private:
  class Key;
  std::unique_ptr<Key> key_;
};

/// Reads a secret file: drops one trailing newline. Throws std::runtime_error that names the file
/// (missing, unreadable, readable by others, too short) and says how to make one.
std::string read_secret_file(const std::string& path);

}  // namespace vote
