#pragma once
// Who sends a request, as far as that can be told: from which address and from which device.
//
// The address is the socket's other end, unless that is a trusted proxy ([api] trusted_proxies);
// then it is the address nearest to us in the proxy's list (Forwarded, RFC 7239, or
// X-Forwarded-For) that is no trusted proxy itself. What stands further away, anybody may have
// written; a list from anybody else is not looked at. Where a hop is no address ("unknown",
// "_hidden", garbage) the last trusted proxy's own is taken: those clients share one.
//
// A proxy that adds to one of the two fields may hand the client's own forgery in the other one on.
// So [api] forwarded_header names the one to read; with "either", the default, a request with both
// is believed only as far as they agree, and else has the proxy's address.
//
// A device is what a client calls its device in X-Device-Fingerprint (a page's script can), else
// its User-Agent. The address is no part of it: a phone changes it many times a day. A client can
// say what it likes, so this finds accounts that are passed around, and stops nobody who hides it.
//
// Thread-safe.
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/network.h"
#include "http/message.h"

namespace vote {

struct Client {
  IpAddress address;
  std::string ip;            // the same as text
  std::uint64_t device = 0;  // a digest
};

class TrustedProxies {
 public:
  /// Of settings that load_config has checked.
  explicit TrustedProxies(const Config::Api& settings);

  Client client_of(const http::Request& request) const;

 private:
  bool trusts(const IpAddress& address) const;
  IpAddress origin_of(const http::Request& request, const IpAddress& peer) const;

  std::vector<Network> networks_;
  bool reads_forwarded_;
  bool reads_x_forwarded_for_;
};

}  // namespace vote
