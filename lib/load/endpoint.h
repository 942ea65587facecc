#pragma once
// Where requests go: a URL of http taken apart, its address looked up once, and sockets to it.
#include <sys/socket.h>

#include <stdexcept>
#include <string>

namespace vote::load {

/// A URL that cannot be used, or an address that nobody answers at: which, why, what to do.
class EndpointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file descriptor of ours; -1: none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

class Endpoint {
 public:
  /// "http://host:port", also with a path before every request's own. Throws EndpointError: no such
  /// URL (https included, which costs more than what is measured), no such host.
  explicit Endpoint(const std::string& url);

  /// For the Host field.
  const std::string& authority() const { return authority_; }
  /// Without a trailing slash; empty where the URL has no path.
  const std::string& path() const { return path_; }

  /// A socket that does not block, on its way to be connected (poll for writing, then SO_ERROR).
  /// None where that fails at once; errno says why.
  Descriptor connect() const;

 private:
  std::string authority_;
  std::string path_;
  sockaddr_storage address_{};
  socklen_t address_bytes_ = 0;
};

}  // namespace vote::load
