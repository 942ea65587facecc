#include "guard/limits.h"

#include <string>
#include <utility>

#include "http/problem.h"
#include "log/log.h"

namespace vote {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A limit's period, and its name in the RateLimit fields.
struct Policy {
  std::string_view name;
  Duration period;
};

constexpr Policy policy_of(Quota quota) {
  switch (quota) {
    case Quota::devices_of_user:
      return {"devices-per-user", kDeviceMemory};
    case Quota::votes_of_address:
      return {"votes-per-address", minutes(1)};
    case Quota::votes_of_user:
      return {"votes-per-user", minutes(5)};
    case Quota::polls_of_user:
      break;
  }
  return {"polls-per-user", hours(1)};
}

/// "6s", "12min": exact enough to wait for.
std::string in_words(Duration wait) {
  if (wait > hours(2)) return to_text(Duration(std::chrono::ceil<hours>(wait)));
  if (wait > minutes(2)) return to_text(Duration(std::chrono::ceil<minutes>(wait)));
  return to_text(Duration(std::chrono::ceil<seconds>(wait)));
}

std::string what_is_too_many(const Take& take) {
  const IpAddress address{take.subject};
  switch (take.quota) {
    case Quota::devices_of_user:
      return "too many devices with this account";
    case Quota::votes_of_address:
      return "too many votes from " + address.text() +
             (address.is_ipv4() ? "" : "/" + std::to_string(kIpv6NetworkBits));
    case Quota::votes_of_user:
      return "too many votes with this account";
    case Quota::polls_of_user:
      break;
  }
  return "too many new polls with this account";
}

void say(const Take& take) {
  const bool of_address = take.quota == Quota::votes_of_address;
  log::debug("limit_refused",
             {{"limit", policy_of(take.quota).name},
              {of_address ? "ip" : "user_id",
               of_address ? IpAddress{take.subject}.text() : UserId{{take.subject}}.text()}});
}

Exceeded exceeded_by(const Take& take, Duration retry_after) {
  const bool devices = take.quota == Quota::devices_of_user;
  std::string detail = what_is_too_many(take) + ": no more than " + std::to_string(take.most) +
                       " in " + in_words(take.period) + (devices ? ", use one of those or" : ",") +
                       " try again in " + in_words(retry_after);
  return {{devices ? Code::too_many_devices : Code::rate_limited, std::move(detail)},
          policy_of(take.quota).name,
          take.most,
          take.period,
          retry_after};
}

}  // namespace

http::Response refusal_of(const Exceeded& exceeded) {
  http::Response response = http::problem(exceeded.error);
  const auto in_seconds = [](Duration duration) {
    return std::to_string(std::chrono::ceil<seconds>(duration).count());
  };
  const std::string policy = '"' + std::string(exceeded.policy) + '"';
  const std::string wait = in_seconds(exceeded.retry_after);
  response.fields.emplace_back("Retry-After", wait);
  response.fields.emplace_back("RateLimit-Policy", policy + ";q=" + std::to_string(exceeded.most) +
                                                       ";w=" + in_seconds(exceeded.period));
  response.fields.emplace_back("RateLimit", policy + ";r=0;t=" + wait);
  return response;
}

/// The takes of one request, of those limits that are on.
class Limits::Takes {
 public:
  void add(Quota quota, const Subject& subject, std::uint32_t most,
           std::optional<std::uint64_t> member = std::nullopt) {
    if (most == 0) return;
    takes_.at(count_++) = {quota, subject, most, policy_of(quota).period, member};
  }
  std::span<const Take> all() const { return {takes_.data(), count_}; }

 private:
  std::array<Take, kTakesMax> takes_;
  std::size_t count_ = 0;
};

std::string_view name_of_limit(Quota quota) {
  return policy_of(quota).name;
}

void Limits::ask(const Takes& takes, Completion<Verdict> done) const {
  if (takes.all().empty()) return done(std::nullopt);
  cache_.allow(takes.all(),
               [this, takes, done = std::move(done)](std::optional<Denial> denial) mutable {
                 if (!denial) return done(std::nullopt);
                 const Take& take = takes.all()[denial->take];
                 ++refusals_[static_cast<std::size_t>(take.quota)];
                 if (log::enabled(log::Level::debug)) say(take);
                 done(exceeded_by(take, denial->retry_after));
               });
}

void Limits::allow_vote(const Client& client, UserId voter, Completion<Verdict> done) const {
  const IpAddress network =
      client.address.is_ipv4() ? client.address : client.address.prefix(kIpv6NetworkBits);
  const Subject& user = voter.uuid.bytes;
  Takes takes;
  // What is refused longest comes first: no use in waiting for a rate then.
  takes.add(Quota::devices_of_user, user, settings_.devices_per_user, client.device);
  takes.add(Quota::votes_of_user, user, settings_.votes_per_user_per_5_minutes);
  takes.add(Quota::votes_of_address, network.bytes, settings_.votes_per_ip_per_minute);
  ask(takes, std::move(done));
}

void Limits::allow_poll(const Identity& owner, Completion<Verdict> done) const {
  Takes takes;
  if (owner.role != Role::admin)
    takes.add(Quota::polls_of_user, owner.user.uuid.bytes, settings_.polls_per_user_per_hour);
  ask(takes, std::move(done));
}

}  // namespace vote
