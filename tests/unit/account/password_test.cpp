#include "account/password.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

#include "runtime/blocking.h"

namespace vote {
namespace {

std::string hash_of(Passwords& passwords, const std::string& password) {
  const auto hash =
      wait_for<Result<std::string>>([&](auto done) { passwords.hash(password, std::move(done)); });
  return hash ? *hash : "";
}

bool holds(Passwords& passwords, const std::string& password, const std::string& hash) {
  const auto answer =
      wait_for<Result<bool>>([&](auto done) { passwords.verify(password, hash, std::move(done)); });
  EXPECT_TRUE(answer);
  return answer && *answer;
}

TEST(Passwords, OnlyTheSamePasswordHolds) {
  Passwords passwords;
  const std::string hash = hash_of(passwords, "correct horse battery");
  EXPECT_TRUE(holds(passwords, "correct horse battery", hash));
  EXPECT_FALSE(holds(passwords, "correct horse batterz", hash));
  EXPECT_FALSE(holds(passwords, "", hash));
}

TEST(Passwords, AHashIsArgon2idAtInteractiveCostWithASaltOfItsOwn) {
  Passwords passwords;
  const std::string hash = hash_of(passwords, "the same");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_NE(hash, hash_of(passwords, "the same"));
}

TEST(Passwords, ZeroBytesAndLongPasswordsCount) {
  Passwords passwords;
  const std::string with_zero("abc\0defgh", 9);
  const std::string hash = hash_of(passwords, with_zero);
  EXPECT_TRUE(holds(passwords, with_zero, hash));
  EXPECT_FALSE(holds(passwords, "abc", hash));
}

TEST(Passwords, NobodyHasNoPassword) {
  Passwords passwords;
  EXPECT_FALSE(holds(passwords, "anything", ""));
}

TEST(Passwords, AHashThatIsNoneHoldsForNobody) {
  Passwords passwords;
  for (const char* hash : {"plain text", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"})
    EXPECT_FALSE(holds(passwords, "plain text", hash)) << hash;
}

TEST(Passwords, BeyondTheLimitIsRefusedAtOnceAndTheRestIsFinishedAtTheEnd) {
  std::atomic<std::size_t> answered = 0;
  std::size_t refused = 0;
  std::promise<void> begun;
  std::promise<void> release;
  {
    Passwords passwords;
    passwords.verify("first", "no hash", [&](const Result<bool>&) {
      begun.set_value();
      release.get_future().wait();
    });
    begun.get_future().wait();  // its thread is busy from here on
    for (std::size_t i = 0; i < kPasswordsWaitingMax; ++i)
      passwords.verify("waiting", "no hash",
                       [&](const Result<bool>& answer) { answered += answer ? 1U : 0U; });
    passwords.verify("one too many", "no hash", [&](const Result<bool>& answer) {
      refused += !answer && answer.error().code == Code::unavailable ? 1U : 0U;
    });
    EXPECT_EQ(refused, 1U);
    EXPECT_EQ(answered, 0U);
    release.set_value();
  }
  EXPECT_EQ(answered, kPasswordsWaitingMax);
}

}  // namespace
}  // namespace vote
