#include "load/workload.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vote::load {

Workload::Workload(Wanted wanted, const Tokens* tokens, const Clock& clock)
    : wanted_(std::move(wanted)), tokens_(tokens), clock_(clock), random_(wanted_.seed) {
  recent_.reserve(kRecentVotes);
}

std::optional<Wish> Workload::next() {
  const Ask ask = pick();
  if (ask == Ask::read || ask == Ask::health) {
    Wish wish = read();
    wish.ask = ask;
    return wish;
  }
  if (ask == Ask::vote || recent_.empty()) return fresh_vote();
  return again(ask);
}

Ask Workload::pick() {
  std::uint64_t drawn = below(wanted_.mix.sum());
  std::size_t ask = 0;
  while (drawn >= wanted_.mix.weights.at(ask)) drawn -= wanted_.mix.weights.at(ask++);
  return static_cast<Ask>(ask);
}

std::optional<Wish> Workload::fresh_vote() {
  const std::size_t poll = votes_ % wanted_.polls.size();
  if (poll == 0) {
    if (wanted_.voters > 0 && votes_ / wanted_.polls.size() >= wanted_.voters) return std::nullopt;
    voter_ = UserId{fresh_id()};
    token_ = tokens_->mint({voter_, Role::voter, true}, clock_.now(), wanted_.expires);
  }
  ++votes_;
  Wish wish;
  wish.send = {0, {}, Kind::cast, poll, voter_, RequestId{fresh_id()}, any_choice(poll)};
  wish.token = token_;
  if (recent_.size() < kRecentVotes)
    recent_.push_back(wish);
  else
    recent_[oldest_++ % kRecentVotes] = wish;
  return wish;
}

Wish Workload::again(Ask ask) {
  Wish wish = recent_[below(recent_.size())];
  wish.ask = ask;
  if (ask == Ask::retry) return wish;
  wish.send.key = RequestId{fresh_id()};
  wish.send.options = any_choice(wish.send.poll);
  if (ask == Ask::change) wish.send.kind = Kind::change;
  if (ask == Ask::revocation) {
    wish.send.kind = Kind::revoke;
    wish.send.options.clear();
  }
  return wish;
}

Wish Workload::read() {
  Wish wish;
  if (!wanted_.polls.empty()) wish.send.poll = below(wanted_.polls.size());
  return wish;
}

/// One option, or any number up to what the poll allows, in ascending order.
Positions Workload::any_choice(std::size_t index) {
  const Target& poll = wanted_.polls[index];
  const std::uint64_t options = poll.options.size();
  const std::uint64_t most = std::min<std::uint64_t>(poll.choices_max, options);
  std::uint64_t wanted = most > 1 ? 1 + below(most) : 1;
  Positions choice;
  for (std::uint64_t left = options; wanted > 0; --left) {
    if (below(left) >= wanted) continue;
    choice.push_back(static_cast<std::uint16_t>(1 + options - left));
    --wanted;
  }
  return choice;
}

/// Version 7, so that a store's indexes meet what they would meet; the rest is the seed's.
Uuid Workload::fresh_id() {
  std::array<std::uint8_t, 10> bytes;
  const std::uint64_t high = random_();
  const std::uint64_t low = random_();
  std::memcpy(bytes.data(), &high, 8);
  std::memcpy(bytes.data() + 8, &low, 2);
  return Uuid::version7(clock_.now(), bytes);
}

}  // namespace vote::load
