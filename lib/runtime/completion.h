#pragma once
// A completion: what an asynchronous call of a port runs when it is done, exactly once, on any
// thread. Move-only, so it can own what waits. Destroying one that was never run aborts the
// process: an answer that never comes is worse than a crash, which every part of the protocol
// survives.
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

namespace vote {

template <class T>
class Completion {
 public:
  Completion() = default;
  // The requires-clause keeps it from hiding the move constructor, which clang-tidy 14 cannot see.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, Completion>)
      Completion(F&& run)  // NOLINT(bugprone-forwarding-reference-overload)
      : run_(std::make_unique<Holder<std::decay_t<F>>>(std::forward<F>(run))) {}
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&& other) noexcept {
    if (run_) std::abort();
    run_ = std::move(other.run_);
    return *this;
  }
  ~Completion() {
    if (run_) std::abort();
  }

  /// Runs it and lets it go. `value` is handed on by move.
  void operator()(T value) {
    const auto run = std::move(run_);
    run->call(std::move(value));
  }
  explicit operator bool() const { return run_ != nullptr; }

 private:
  struct Runner {
    virtual ~Runner() = default;
    virtual void call(T value) = 0;
  };
  template <class F>
  struct Holder final : Runner {
    explicit Holder(F f) : function(std::move(f)) {}
    void call(T value) override { function(std::move(value)); }
    F function;
  };
  std::unique_ptr<Runner> run_;
};

}  // namespace vote
