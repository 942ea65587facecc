#pragma once
// Turns a port's completion into something a handler can co_await; the coroutine resumes on the
// request's own io_context, whatever thread ran the completion.
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/completion.h"

namespace vote::http {

/// Counts the completions of one io_context that are not through yet. A thread that posts may still
/// be inside `post` when what it posted has long run, so whoever destroys the io_context waits.
class CompletionsUnderway : public boost::asio::execution_context::service {
 public:
  using key_type = CompletionsUnderway;
  using Count = std::atomic<std::size_t>;
  inline static boost::asio::execution_context::id id;

  explicit CompletionsUnderway(boost::asio::execution_context& context) : service(context) {}

  /// One completion, from being handed out until it has been posted and let go.
  class Entry {
   public:
    explicit Entry(std::shared_ptr<Count> count) : count_(std::move(count)) { ++*count_; }
    Entry(Entry&&) noexcept = default;
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (!count_) return;
      --*count_;
      count_->notify_all();
    }

   private:
    std::shared_ptr<Count> count_;
  };

  Entry enter() const { return Entry(count_); }
  /// Blocks; not on a thread that runs the io_context.
  void wait_for_none() const {
    for (auto left = count_->load(); left != 0; left = count_->load()) count_->wait(left);
  }

 private:
  void shutdown() override {}
  std::shared_ptr<Count> count_ = std::make_shared<Count>(0);
};

/// auto counts = co_await completed<Result<PollCounts>>(
///     [&](auto done) { store.counts(id, std::move(done)); });
template <class T, class Call>
boost::asio::awaitable<T> completed(Call call) {
  auto initiate = [call = std::move(call)](auto handler) mutable {
    const boost::asio::any_io_executor executor = boost::asio::get_associated_executor(handler);
    auto& context = boost::asio::query(executor, boost::asio::execution::context);
    auto underway = boost::asio::use_service<CompletionsUnderway>(context).enter();
    call(Completion<T>(
        [underway = std::move(underway), executor, handler = std::move(handler)](T value) mutable {
          boost::asio::post(executor,
                            [handler = std::move(handler), value = std::move(value)]() mutable {
                              std::move(handler)(std::move(value));
                            });
        }));
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      std::move(initiate), boost::asio::use_awaitable);
}

/// A port's call that has begun, for handlers that answer at once where they can:
///   Started<Counts> counts([&](auto done) { cache.counts(id, std::move(done)); });
///   if (const auto* there = counts.value()) return answer_of(*there);
///   return answer_later(std::move(counts));  // which does: co_await counts.wait()
/// It may be given up; the call must not need anything then that a request's end takes away.
template <class T>
class Started {
 public:
  template <class Call>
  requires(!std::is_same_v<std::decay_t<Call>, Started>)
      // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the requires-clause excludes copies
      explicit Started(Call&& call) {
    std::forward<Call>(call)(
        Completion<T>([state = state_](T value) { state->complete(std::move(value)); }));
  }

  /// Null: not there yet.
  const T* value() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value ? &*state_->value : nullptr;
  }
  /// The value, which is gone then. Once.
  boost::asio::awaitable<T> wait() {
    return completed<T>([state = state_](Completion<T> done) { state->await(std::move(done)); });
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    Completion<T> waiting;

    void complete(T result) {
      std::unique_lock lock(mutex);
      if (!waiting) {
        value.emplace(std::move(result));
        return;
      }
      Completion<T> done = std::move(waiting);
      lock.unlock();
      done(std::move(result));
    }
    void await(Completion<T> done) {
      std::unique_lock lock(mutex);
      if (!value) {
        waiting = std::move(done);
        return;
      }
      T result = std::move(*value);
      lock.unlock();
      done(std::move(result));
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace vote::http
