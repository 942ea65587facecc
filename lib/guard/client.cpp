#include "guard/client.h"

#include <algorithm>

#include "guard/forwarded.h"
#include "vote/digest.h"

namespace vote {
namespace {

std::uint64_t device_of(const http::Request& request) {
  const auto fingerprint = request.field("X-Device-Fingerprint").value_or("");
  return digest_of(fingerprint.empty() ? request.field("User-Agent").value_or("") : fingerprint);
}

}  // namespace

TrustedProxies::TrustedProxies(const Config::Api& settings)
    : reads_forwarded_(settings.forwarded_header != "x-forwarded-for"),
      reads_x_forwarded_for_(settings.forwarded_header != "forwarded") {
  for (const std::string& text : settings.trusted_proxies)
    networks_.push_back(Network::parse(text).value());
}

Client TrustedProxies::client_of(const http::Request& request) const {
  const std::uint64_t device = device_of(request);
  // A link-local peer comes with its zone: fe80::1%eth0.
  const auto peer =
      IpAddress::parse(std::string_view(request.peer).substr(0, request.peer.find('%')));
  if (!peer) return {{}, request.peer, device};
  if (!trusts(*peer)) return {*peer, request.peer, device};
  const IpAddress origin = origin_of(request, *peer);
  return {origin, origin.text(), device};
}

bool TrustedProxies::trusts(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&address](const Network& network) { return network.contains(address); });
}

IpAddress TrustedProxies::origin_of(const http::Request& request, const IpAddress& peer) const {
  const auto walk = [this, &peer](const Hops& hops) {
    IpAddress nearest = peer;
    for (auto hop = hops.rbegin(); hop != hops.rend() && *hop && trusts(nearest); ++hop)
      nearest = **hop;
    return nearest;
  };
  std::optional<std::string> forwarded;
  std::optional<std::string> x_forwarded_for;
  if (reads_forwarded_) forwarded = http::find_all(request.fields, "Forwarded");
  if (reads_x_forwarded_for_) x_forwarded_for = http::find_all(request.fields, "X-Forwarded-For");
  const IpAddress one = walk(hops_of_forwarded(forwarded.value_or("")));
  const IpAddress other = walk(hops_of_x_forwarded_for(x_forwarded_for.value_or("")));
  if (forwarded && x_forwarded_for) return one == other ? one : peer;
  return forwarded ? one : other;
}

}  // namespace vote
