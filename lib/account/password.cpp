#include "account/password.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace vote {
namespace {

struct Hashing {
  Completion<Result<std::string>> done;
};
struct Verifying {
  std::string hash;
  Completion<Result<bool>> done;
};
struct Job {
  std::string password;
  std::variant<Hashing, Verifying> work;
};

Error no_memory() {
  return {Code::unavailable, "there is no memory to check passwords now: try again"};
}

Result<std::string> hash_of(std::string_view password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(),
                                 crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                 crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0)
    return no_memory();
  return std::string(text.data());
}

/// A hash of nobody's password at the same cost, to compare with where there is no user.
std::string nobodys_hash() {
  return "$argon2id$v=19$m=" + std::to_string(crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024) +
         ",t=" + std::to_string(crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE) + ",p=1$" +
         std::string(22, 'A') + '$' + std::string(43, 'A');
}

Result<bool> verified(std::string_view password, const std::string& hash) {
  const bool somebody = !hash.empty();
  errno = 0;
  const bool same = crypto_pwhash_argon2id_str_verify((somebody ? hash : nobodys_hash()).c_str(),
                                                      password.data(), password.size()) == 0;
  if (!same && errno == ENOMEM) return no_memory();
  return same && somebody;
}

void work(Job job) {
  if (auto* hashing = std::get_if<Hashing>(&job.work)) {
    hashing->done(hash_of(job.password));
  } else {
    auto& verifying = std::get<Verifying>(job.work);
    verifying.done(verified(job.password, verifying.hash));
  }
  sodium_memzero(job.password.data(), job.password.size());
}

void refuse(Job job) {
  const Error error{Code::unavailable, "too many passwords are being checked: try again"};
  std::visit([&error](auto& waiting) { waiting.done(error); }, job.work);
}

}  // namespace

class Passwords::Threads {
 public:
  Threads() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
    for (unsigned i = 0; i < kPasswordThreads; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  void submit(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < kPasswordsWaitingMax) {
        waiting_.push_back(std::move(job));
        changed_.notify_one();
        return;
      }
    }
    refuse(std::move(job));
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Job job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work(std::move(job));
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

Passwords::Passwords() : threads_(std::make_unique<Threads>()) {}
Passwords::~Passwords() = default;

void Passwords::hash(std::string password, Completion<Result<std::string>> done) {
  threads_->submit({std::move(password), Hashing{std::move(done)}});
}

void Passwords::verify(std::string password, std::string hash, Completion<Result<bool>> done) {
  threads_->submit({std::move(password), Verifying{std::move(hash), std::move(done)}});
}

}  // namespace vote
