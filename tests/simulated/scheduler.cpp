#include "simulated/scheduler.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace vote::simulated {

struct Fiber {
  const Host* host = nullptr;
  boost::context::fiber context;
  std::uint64_t ticket = 0;  // of its next turn: a wake-up with another one came too late
  void* stack_bottom = nullptr;
};

namespace {

/// What the C++ runtime keeps for each thread of exceptions under way. Fibers have their own.
struct Exceptions {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};
Exceptions& exceptions() {
  return *reinterpret_cast<Exceptions*>(abi::__cxa_get_globals());
}

// AddressSanitizer has to be told of each change of stacks.
#if defined(__SANITIZE_ADDRESS__)
thread_local const void* loop_bottom = nullptr;
thread_local std::size_t loop_bytes = 0;
void leave_for(const void* bottom, std::size_t bytes, void** kept) {
  __sanitizer_start_switch_fiber(kept, bottom, bytes);
}
void leave_for_loop(void** kept) {
  leave_for(loop_bottom, loop_bytes, kept);
}
void arrive_in_loop(void* kept) {
  __sanitizer_finish_switch_fiber(kept, nullptr, nullptr);
}
void arrive_in_fiber(void* kept) {
  __sanitizer_finish_switch_fiber(kept, &loop_bottom, &loop_bytes);
}
#else
void leave_for(const void* /*bottom*/, std::size_t /*bytes*/, void** /*kept*/) {}
void leave_for_loop(void** /*kept*/) {}
void arrive_in_loop(void* /*kept*/) {}
void arrive_in_fiber(void* /*kept*/) {}
#endif

/// As Boost.Context takes allocators: by value.
struct FromStacks {
  Stacks* stacks;
  void** bottom;
  boost::context::stack_context allocate() const {
    const auto stack = stacks->allocate();
    *bottom = static_cast<char*>(stack.sp) - stack.size;
    return stack;
  }
  void deallocate(boost::context::stack_context& stack) const noexcept {
    stacks->deallocate(stack);
  }
};

}  // namespace

Stacks::~Stacks() {
  for (void* bottom : free_) std::free(bottom);
}

boost::context::stack_context Stacks::allocate() {
  void* bottom = nullptr;
  if (free_.empty()) {
    bottom = std::malloc(kBytes);
    if (bottom == nullptr) throw std::bad_alloc();
  } else {
    bottom = free_.back();
    free_.pop_back();
  }
  boost::context::stack_context stack;
  stack.size = kBytes;
  stack.sp = static_cast<char*>(bottom) + kBytes;
  return stack;
}

void Stacks::deallocate(boost::context::stack_context& stack) noexcept {
  free_.push_back(static_cast<char*>(stack.sp) - stack.size);
}

Scheduler::Scheduler(Chance& chance, Stacks& stacks) : chance_(chance), stacks_(stacks) {
  cooperation = this;
}

Scheduler::~Scheduler() {
  cooperation = nullptr;
  if (running_ > 0) std::abort();  // a fiber that waits for ever holds what nobody gives back
}

void Scheduler::push(Event event) {
  event.tie = chance_.draw();
  event.number = events_++;
  waiting_.push_back(std::move(event));
  std::push_heap(waiting_.begin(), waiting_.end());
}

Scheduler::Event Scheduler::pop() {
  std::pop_heap(waiting_.begin(), waiting_.end());
  Event event = std::move(waiting_.back());
  waiting_.pop_back();
  return event;
}

void Scheduler::at(Duration when, std::function<void()> event) {
  push({std::max(when, now_), 0, 0, nullptr, 0, std::move(event)});
}

void Scheduler::wake(Fiber& fiber, std::uint64_t ticket, Duration when) {
  push({std::max(when, now_), 0, 0, &fiber, ticket, nullptr});
}

void Scheduler::spawn(const Host& host, std::function<void()> body) {
  Fiber& fiber = fibers_.emplace_back();
  fiber.host = &host;
  ++running_;
  fiber.context =
      boost::context::fiber(std::allocator_arg, FromStacks{&stacks_, &fiber.stack_bottom},
                            [this, body = std::move(body)](boost::context::fiber&& loop) mutable {
                              arrive_in_fiber(nullptr);
                              loop_ = std::move(loop);
                              try {
                                body();
                                body = nullptr;
                              } catch (...) {
                                if (!failure_) failure_ = std::current_exception();
                              }
                              --running_;
                              leave_for_loop(nullptr);
                              return std::move(loop_);
                            });
  wake(fiber, fiber.ticket, now_);
}

void Scheduler::resume(Fiber& fiber) {
  ++fiber.ticket;
  current_ = &fiber;
  void* kept = nullptr;
  leave_for(fiber.stack_bottom, Stacks::kBytes, &kept);
  fiber.context = std::move(fiber.context).resume();
  arrive_in_loop(kept);
  current_ = nullptr;
  look_at_blocked();
}

void Scheduler::suspend() {
  const Exceptions own = std::exchange(exceptions(), Exceptions{});
  void* kept = nullptr;
  Fiber* const self = current_;
  leave_for_loop(&kept);
  loop_ = std::move(loop_).resume();
  arrive_in_fiber(kept);
  current_ = self;
  exceptions() = own;
}

void Scheduler::pause(Duration length) {
  wake(*current_, current_->ticket, now_ + length);
  suspend();
}

void Scheduler::wait_until(const std::function<bool()>& condition) {
  while (!condition()) {
    blocked_.push_back({current_, current_->ticket, &condition});
    suspend();
  }
}

void Scheduler::look_at_blocked() {
  for (std::size_t i = 0; i < blocked_.size();) {
    if (!(*blocked_[i].condition)()) {
      ++i;
      continue;
    }
    wake(*blocked_[i].fiber, blocked_[i].ticket, now_);
    blocked_.erase(blocked_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

bool Scheduler::await(Signal& signal, Duration at_most) {
  if (signal.given) return true;
  signal.waiting = current_;
  signal.ticket = current_->ticket;
  wake(*current_, current_->ticket, now_ + at_most);
  suspend();
  signal.waiting = nullptr;
  return signal.given;
}

void Scheduler::give(Signal& signal) {
  signal.given = true;
  if (signal.waiting != nullptr) wake(*signal.waiting, signal.ticket, now_);
}

void Scheduler::run(const std::function<bool()>& over) {
  while (!waiting_.empty() && !over()) {
    Event event = pop();
    now_ = event.at;
    if (event.fiber == nullptr) {
      event.run();
      look_at_blocked();
    } else if (event.ticket == event.fiber->ticket && event.fiber->context) {
      const Duration held_until = event.fiber->host->held_until;
      if (held_until > now_)
        wake(*event.fiber, event.ticket, held_until);
      else
        resume(*event.fiber);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

}  // namespace vote::simulated
