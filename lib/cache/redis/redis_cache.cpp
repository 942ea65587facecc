#include "cache/redis/redis_cache.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "cache/quotas.h"
#include "cache/redis/commands.h"
#include "cache/redis/link.h"
#include "cache/redis/queued_marks.h"
#include "cache/redis/subscription.h"

namespace vote {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kConfirmationsInOne = 500;  // command

std::optional<asio::ssl::context> tls_of(const RedisUrl& url) {
  return url.tls ? std::optional(redis::tls_context(url)) : std::nullopt;
}

/// What this process has to say about counts: which it has put a moment ago, and which it could not
/// put, the newest of each poll. Thread-safe.
class OwnCounts {
 public:
  /// False: the same version, or a newer one, was put a moment ago.
  bool are_due(const PollCounts& counts, Duration now) {
    const std::lock_guard lock(mutex_);
    const auto found = put_.find(counts.poll);
    if (found != put_.end() && counts.version <= found->second.version &&
        now - found->second.at < RedisCache::kPutAgainAfter)
      return false;
    if (found == put_.end() && put_.size() >= RedisCache::kPollsMax) put_.clear();
    put_[counts.poll] = {counts.version, now};
    return true;
  }
  void note_unsent(const PollCounts& counts) {
    const std::lock_guard lock(mutex_);
    const auto found = unsent_.find(counts.poll);
    if (found != unsent_.end()) {
      if (found->second.version < counts.version) found->second = counts;
    } else if (unsent_.size() < RedisCache::kPollsMax) {
      unsent_.emplace(counts.poll, counts);
    }
  }
  std::unordered_map<PollId, PollCounts> take_unsent() {
    const std::lock_guard lock(mutex_);
    return std::exchange(unsent_, {});
  }

 private:
  struct Put {
    std::uint64_t version = 0;
    Duration at{};
  };
  std::mutex mutex_;
  std::unordered_map<PollId, Put> put_;
  std::unordered_map<PollId, PollCounts> unsent_;
};

}  // namespace

class RedisCache::Implementation {
 public:
  Implementation(const std::string& url, const Clock& clock, const Times& times)
      : clock_(clock),
        url_(parse_redis_url(url)),
        tls_(tls_of(url_)),
        keys_(url_.prefix, url_.database),
        link_(io_, url_, tls_ ? &*tls_ : nullptr,
              {times.silence_max, [this] { send_unsent(); }, [this] { tried_.set_value(); }}),
        queued_(io_, link_, keys_, clock, times.queued_after),
        subscription_(io_, url_, tls_ ? &*tls_ : nullptr, keys_.channel(),
                      [this](std::string_view message) {
                        if (const auto counts = redis::parse_news(message))
                          listeners_.tell(*counts);
                      }) {
    auto tried = tried_.get_future();
    asio::post(io_, [this] { link_.start(); });
    thread_ = std::thread([this] { io_.run(); });
    // Unless it takes long to find the address: it goes on by itself.
    tried.wait_for(2 * redis::kOpenTimeout);
  }

  ~Implementation() {
    asio::post(io_, [this] {
      queued_.stop();
      link_.stop();
      subscription_.stop();
      work_.reset();
    });
    thread_.join();
  }
  Implementation(const Implementation&) = delete;

  template <class SomeCommand, class... Arguments>
  void send(Arguments&&... arguments) {
    link_.send(std::make_unique<SomeCommand>(std::forward<Arguments>(arguments)...));
  }

  redis::QueuedMarks& ahead() { return queued_; }

  void put(const PollCounts& counts) {
    if (own_.are_due(counts, clock_.elapsed())) send_counts(counts);
  }

  void send_counts(const PollCounts& counts) {
    send<redis::PutCounts>(keys_, counts, kCountsKeptFor,
                           [this](const PollCounts& sent, bool stored) {
                             if (stored) return;
                             own_.note_unsent(sent);
                             if (!hears_others()) listeners_.tell(sent);
                           });
  }

  void send_unsent() {
    for (const auto& [poll, counts] : own_.take_unsent()) send_counts(counts);
  }

  Listeners::Seat listen(HeardCounts heard) {
    std::call_once(listening_, [this] { asio::post(io_, [this] { subscription_.start(); }); });
    return listeners_.add(std::move(heard));
  }

  bool hears_others() const { return subscription_.stands(); }
  bool reachable() const { return link_.is_open(); }
  const redis::Keys& keys() const { return keys_; }
  Duration until(Time time) const { return time - clock_.now(); }

  redis::Verdict take_here(const redis::Takes& takes) {
    return quotas_.take(takes, clock_.elapsed());
  }

 private:
  const Clock& clock_;
  const RedisUrl url_;
  std::optional<asio::ssl::context> tls_;
  const redis::Keys keys_;
  Listeners listeners_;
  MemoryQuotas quotas_;  // where Redis does not answer
  OwnCounts own_;
  std::promise<void> tried_;
  std::once_flag listening_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  redis::Link link_;
  redis::QueuedMarks queued_;
  redis::Subscription subscription_;
  std::thread thread_;
};

RedisCache::RedisCache(const std::string& url, const Clock& clock, const Times& times)
    : implementation_(std::make_unique<Implementation>(url, clock, times)) {}

RedisCache::~RedisCache() = default;

void RedisCache::mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                      Duration lease, Completion<Mark> done) {
  if (!reachable()) return done({});
  implementation_->send<redis::SetMark>(implementation_->keys(), implementation_->ahead(), poll,
                                        voter, Mark{MarkState::pending, request, digest}, lease,
                                        std::move(done));
}

void RedisCache::stands(PollId poll, UserId voter, Completion<Mark> done) {
  if (!reachable()) return done({});
  implementation_->send<redis::ReadMark>(implementation_->keys(), implementation_->ahead(), poll,
                                         voter, std::move(done));
}

void RedisCache::queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                        Time until) {
  implementation_->ahead().add({poll, voter, request, digest, until});
}

void RedisCache::confirm(std::vector<Confirmation> confirmations) {
  if (!reachable()) return;
  for (std::size_t begin = 0; begin < confirmations.size(); begin += kConfirmationsInOne) {
    const std::size_t end = std::min(begin + kConfirmationsInOne, confirmations.size());
    std::vector<redis::ConfirmMarks::Entry> entries;
    entries.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      const Confirmation& each = confirmations[i];
      entries.push_back({implementation_->keys().mark(each.poll, each.voter), each.mark,
                         implementation_->until(each.until)});
    }
    implementation_->send<redis::ConfirmMarks>(std::move(entries));
  }
}

void RedisCache::release(PollId poll, UserId voter, RequestId request) {
  if (!reachable() || implementation_->ahead().holds(poll, voter, request)) return;
  implementation_->send<redis::RemoveMark>(implementation_->keys().mark(poll, voter),
                                           MarkState::pending, request);
}

void RedisCache::withdraw(PollId poll, UserId voter, RequestId request) {
  if (!reachable()) return;
  const bool waited = implementation_->ahead().take(poll, voter, request);
  implementation_->send<redis::RemoveMark>(implementation_->keys().mark(poll, voter),
                                           waited ? MarkState::pending : MarkState::queued,
                                           request);
}

void RedisCache::put(const PollCounts& counts) {
  implementation_->put(counts);
}

void RedisCache::counts(PollId poll, Completion<std::optional<PollCounts>> done) {
  if (!reachable()) return done(std::nullopt);
  implementation_->send<redis::GetCounts>(implementation_->keys().counts(poll), poll,
                                          std::move(done));
}

Listeners::Seat RedisCache::listen(HeardCounts heard) {
  return implementation_->listen(std::move(heard));
}

bool RedisCache::hears_others() const {
  return implementation_->hears_others();
}

void RedisCache::allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) {
  redis::Takes taken(takes.begin(), takes.end());
  if (taken.empty()) return done(std::nullopt);
  if (!reachable()) return done(implementation_->take_here(taken));
  implementation_->send<redis::Allow>(
      implementation_->keys(), std::move(taken),
      [self = implementation_.get()](const redis::Takes& each) { return self->take_here(each); },
      std::move(done));
}

bool RedisCache::reachable() const {
  return implementation_->reachable();
}

}  // namespace vote
