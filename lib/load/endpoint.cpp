#include "load/endpoint.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace vote::load {
namespace {

struct AddressFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Endpoint::Endpoint(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme) || url.find_first_of(" \t\r\n?#@") != std::string::npos)
    throw EndpointError("'" + url + "' is no URL to load: expected http://host:port");
  const std::string rest = url.substr(kScheme.size());
  authority_ = rest.substr(0, rest.find('/'));
  path_ = rest.substr(authority_.size());
  while (path_.ends_with('/')) path_.pop_back();

  std::string host = authority_;
  std::string port = "80";
  const auto colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failure != 0)
    throw EndpointError("cannot look up " + authority_ + ": " + gai_strerror(failure) +
                        " (--url says where vote-api is)");
  const std::unique_ptr<addrinfo, AddressFree> list(found);
  std::memcpy(&address_, list->ai_addr, list->ai_addrlen);
  address_bytes_ = list->ai_addrlen;
}

Descriptor Endpoint::connect() const {
  Descriptor socket(
      ::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket) return socket;
  const int on = 1;
  setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* address = reinterpret_cast<const sockaddr*>(&address_);
  const int result = ::connect(socket.number(), address, address_bytes_);
  if (result != 0 && errno != EINPROGRESS) return Descriptor();
  return socket;
}

}  // namespace vote::load
