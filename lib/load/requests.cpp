#include "load/requests.h"

#include <algorithm>
#include <span>
#include <thread>

#include "runtime/random.h"

namespace vote::load {
namespace {

constexpr std::string_view kKeyField = "\r\nIdempotency-Key: ";

std::string head(const Endpoint& endpoint, std::string_view method, const std::string& path) {
  std::string text(method);
  text.append(" ").append(endpoint.path()).append(path).append(" HTTP/1.1\r\nHost: ");
  return text.append(endpoint.authority()).append("\r\nUser-Agent: vote-loadgen\r\n");
}

void mint(std::span<std::string> voters, const Tokens& tokens, const Clock& clock, Time expires) {
  const Time now = clock.now();
  for (std::string& voter : voters) {
    const Identity identity{fresh_id<UserId>(clock), Role::voter, true};
    voter = tokens.mint(identity, now, expires);
    voter.append(kKeyField).append(fresh_uuid(clock).text());
  }
}

}  // namespace

RepeatedGet::RepeatedGet(const Endpoint& endpoint, const std::string& path)
    : bytes_(head(endpoint, "GET", path) + "\r\n") {}

FreshVotes::FreshVotes(const Endpoint& endpoint, const Target& target, const Tokens& tokens,
                       const Clock& clock, std::uint64_t votes, Duration lifetime)
    : begin_(head(endpoint, "POST", "/v1/polls/" + target.poll.text() + "/votes")),
      voters_(votes),
      choose_(std::random_device{}()) {
  for (const OptionId option : target.options)
    ends_.push_back("\r\n\r\n{\"option_ids\":[\"" + option.text() + "\"]}");
  const std::size_t body_bytes = ends_.front().size() - std::string_view("\r\n\r\n").size();
  begin_ += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body_bytes) +
            "\r\nAuthorization: Bearer ";

  const Time expires = clock.now() + lifetime;
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t share = votes / threads + 1;
  std::vector<std::jthread> minters;
  for (std::size_t from = 0; from < votes; from += share) {
    const auto part = std::span(voters_).subspan(from, std::min(share, votes - from));
    minters.emplace_back([part, &tokens, &clock, expires] { mint(part, tokens, clock, expires); });
  }
}

bool FreshVotes::append_next(std::string& out) {
  if (next_ == voters_.size()) return false;
  out += begin_;
  out += voters_[next_++];
  out += ends_[choose_() % ends_.size()];
  return true;
}

}  // namespace vote::load
