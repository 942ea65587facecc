#pragma once
// Passwords: Argon2id by libsodium, at its "interactive" cost (64 MiB, 2 passes). Hashing takes
// tens of milliseconds of a core on purpose, so it runs on threads of its own, kPasswordThreads at
// a time.
#include <memory>
#include <string>

#include "runtime/completion.h"
#include "vote/error.h"

namespace vote {

inline constexpr unsigned kPasswordThreads = 1;          // 64 MiB each
inline constexpr std::size_t kPasswordsWaitingMax = 64;  // beyond: unavailable, try again

class Passwords {
 public:
  Passwords();
  ~Passwords();  // finishes what is waiting
  Passwords(const Passwords&) = delete;

  void hash(std::string password, Completion<Result<std::string>> done);
  /// Against a hash made by `hash`; with an empty one (no such user) takes the same time, and is
  /// false. So nobody learns from the clock whether an account exists.
  void verify(std::string password, std::string hash, Completion<Result<bool>> done);

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace vote
