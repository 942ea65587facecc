#pragma once
// Who hears of newer counts: for caches, which tell, and those who listen. Thread-safe.
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "vote/ballot.h"

namespace vote {

/// Runs on the cache's threads; it must not block, and must neither call the cache nor listen.
using HeardCounts = std::function<void(const PollCounts&)>;

class Listeners {
 public:
  /// Whoever holds it is told; destroying it waits for what is being told.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&&) noexcept = default;
    Seat& operator=(Seat&&) noexcept = default;

   private:
    friend class Listeners;
    explicit Seat(std::shared_ptr<void> held) : held_(std::move(held)) {}
    std::shared_ptr<void> held_;
  };

  [[nodiscard]] Seat add(HeardCounts heard);
  void tell(const PollCounts& counts) const;

 private:
  /// Seats may outlive the cache.
  struct Members {
    std::shared_mutex mutex;
    std::vector<std::shared_ptr<const HeardCounts>> all;
  };
  std::shared_ptr<Members> members_ = std::make_shared<Members>();
};

}  // namespace vote
