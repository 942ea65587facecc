// Header fields that are lists (guard/forwarded.h, guard/client.h, api/prefer.h), and the addresses
// in them (config/network.h): whatever they say, there is an address, and it is one.
#include "api/prefer.h"
#include "config/network.h"
#include "fuzz/fuzz.h"
#include "guard/client.h"
#include "guard/forwarded.h"
#include "ingest/ballots.h"

namespace vote::fuzz {
namespace {

constexpr const char* kProxy = "192.0.2.1";

Config::Api settings_with(const char* header) {
  Config::Api settings;
  settings.trusted_proxies = {kProxy, "10.0.0.0/8", "fd00::/8"};
  settings.forwarded_header = header;
  return settings;
}

void check(const IpAddress& address) {
  require(IpAddress::parse(address.text()) == address, "an address is read as it is written",
          address.text());
  require(address.prefix(128) == address && address.prefix(0) == IpAddress{},
          "a prefix keeps all or nothing");
}

void check(const Hops& hops, std::string_view list) {
  require(hops.size() <= list.size() + 1, "there are no more hops than the list has commas");
  for (const auto& hop : hops)
    if (hop) check(*hop);
}

void check_network(std::string_view text) {
  const auto network = Network::parse(text);
  if (!network) return;
  require(network->bits <= 128 && network->contains(network->address),
          "a network contains its first address", text);
}

void check_client(const TrustedProxies& proxies, const http::Request& request) {
  const Client client = proxies.client_of(request);
  check(client.address);
  require(client.ip == client.address.text(), "the text is the address's", client.ip);
  http::Request stranger = request;
  stranger.peer = "203.0.113.9";
  require(proxies.client_of(stranger).ip == stranger.peer, "a stranger's lists are not believed");
}

void check_prefer(std::string_view value) {
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(kPreferWaitMax).count();
  http::Request request;
  request.fields.emplace_back("Prefer", value);
  const auto wait = api::preferred_wait_s(request);
  require(!wait || static_cast<std::int64_t>(*wait) <= most, "a wish is cut");
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  static const vote::TrustedProxies both(settings_with("either"));
  static const vote::TrustedProxies new_one(settings_with("forwarded"));
  static const vote::TrustedProxies old_one(settings_with("x-forwarded-for"));
  const std::string_view text = text_of(data, size);
  const auto line = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, line);
  const std::string_view second = text.substr(std::min(line + 1, text.size()));
  check(vote::hops_of_forwarded(first), first);
  check(vote::hops_of_x_forwarded_for(second), second);
  check_network(first);
  check_prefer(first);
  vote::http::Request request;
  request.peer = kProxy;
  request.fields = {{"Forwarded", std::string(first)}, {"X-Forwarded-For", std::string(second)}};
  for (const auto* proxies : {&both, &new_one, &old_one}) check_client(*proxies, request);
  return 0;
}
