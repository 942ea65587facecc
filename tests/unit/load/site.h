#pragma once
// A server of this process with one thread and one route.
#include <memory>
#include <string>
#include <utility>

#include "http/server.h"
#include "load/endpoint.h"

namespace vote::load {

class Site {
 public:
  Site(http::Method method, const std::string& path, http::Handler handler) {
    http::Router router;
    router.add(method, path, std::move(handler));
    http::ServerOptions options;
    options.port = 0;
    options.threads = 1;
    server_ = std::make_unique<http::Server>(options, std::move(router));
    server_->start();
  }
  ~Site() { server_->stop(std::chrono::seconds(5)); }
  Endpoint endpoint() const {
    return Endpoint("http://127.0.0.1:" + std::to_string(server_->port()));
  }

 private:
  std::unique_ptr<http::Server> server_;
};

}  // namespace vote::load
