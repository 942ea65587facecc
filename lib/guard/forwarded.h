#pragma once
// What proxies say of whom they forward for: the two header fields, each a list to which every
// proxy on the way adds the address that it was spoken to from, at the end. Whoever sends the first
// request may have begun the list as they like. Pure. Internal to guard/.
#include <optional>
#include <string_view>
#include <vector>

#include "config/network.h"

namespace vote {

/// In the order of the list; nothing for a hop that is "unknown", hidden ("_name"), or no address.
using Hops = std::vector<std::optional<IpAddress>>;

/// Forwarded (RFC 7239 §4): `for="[2001:db8::7]:4711";proto=https, for=192.0.2.7`.
Hops hops_of_forwarded(std::string_view list);
/// X-Forwarded-For, as it is used: `2001:db8::7, 192.0.2.7`, also with ports and brackets.
Hops hops_of_x_forwarded_for(std::string_view list);

}  // namespace vote
