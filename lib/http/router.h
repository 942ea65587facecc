#pragma once
// Which handler answers which method and path. Filled before the server starts, then only read, by
// all threads.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "http/message.h"

namespace vote::http {

/// Runs on the connection's own io_context. May throw: HttpError is answered as it says, anything
/// else is a 500 that is logged and tells the client nothing.
using Handler = std::function<boost::asio::awaitable<Response>(Request& request)>;
/// For answers that wait for nothing (a hot path: no coroutine frame).
using ImmediateHandler = std::function<Response(Request& request)>;

class Router {
 public:
  /// `pattern` like "/v1/polls/{id}/votes": a {…} takes one non-empty segment; a literal segment goes
  /// before it. A GET route answers HEAD too. Throws std::logic_error where the route exists.
  void add(Method method, std::string_view pattern, Handler handler);
  void add_immediate(Method method, std::string_view pattern, ImmediateHandler handler);

  struct Match {
    const Handler* handler = nullptr;
    const ImmediateHandler* immediate = nullptr;
    std::vector<std::string> parameters;
    std::string allow;  // where the path is known and the method is not: "GET, HEAD, OPTIONS"
  };
  Match match(Method method, std::string_view path) const;

 private:
  struct Route {
    Method method;
    std::vector<std::string> segments;  // "{}" takes any
    Handler handler;
    ImmediateHandler immediate;
  };
  void add(Method method, std::string_view pattern, Handler handler, ImmediateHandler immediate);
  std::vector<Route> routes_;
};

}  // namespace vote::http
