#pragma once
// Which handler answers which method and path. Filled before the server starts, then only read, by
// all threads.
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message.h"

namespace vote::http {

/// A response at once (no coroutine frame: for hot paths), or one that has to be waited for.
using Answer = std::variant<Response, boost::asio::awaitable<Response>>;

/// Runs on the connection's own io_context; `request` lives until the answer is there. May throw:
/// HttpError is answered as it says, anything else is a 500 that is logged and tells the client
/// nothing. A function that returns one alternative of Answer is a handler too.
using Handler = std::function<Answer(Request& request)>;

class Router {
 public:
  /// `pattern` like "/v1/polls/{id}/votes": a {…} takes one non-empty segment; a literal segment
  /// goes before it. A GET route answers HEAD too. Throws std::logic_error where the route exists.
  void add(Method method, std::string_view pattern, Handler handler);

  static constexpr std::size_t kNoRoute = static_cast<std::size_t>(-1);
  struct Match {
    const Handler* handler = nullptr;
    std::size_t route = kNoRoute;  // its index in routes()
    std::vector<std::string> parameters;
    std::string allow;  // where the path is known and the method is not: "GET, HEAD, OPTIONS"
  };
  Match match(Method method, std::string_view path) const;

  /// "GET /v1/polls/{id}" for each route, in the order of adding.
  std::vector<std::string> routes() const;

 private:
  struct Route {
    Method method;
    std::string pattern;
    std::vector<std::string> segments;  // "{}" takes any
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace vote::http
