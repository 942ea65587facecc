#pragma once
// One HTTP request and response, as handlers see them. Knows nothing of votes.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vote::http {

enum class Method { get, head, post, put, patch, delete_, options, other };

/// Header fields in the order they came. Names are compared without regard to ASCII case.
using Fields = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string_view> find(const Fields& fields, std::string_view name);
/// All values of a field that is a list, joined with commas (RFC 9110 §5.3); nothing where there is
/// no such field.
std::optional<std::string> find_all(const Fields& fields, std::string_view name);

struct Request {
  Method method = Method::other;
  std::string path;   // percent-decoded, always starts with '/'
  std::string query;  // raw, without '?'
  Fields fields;
  std::string body;
  std::string peer;                     // the address of the socket's other end, "127.0.0.1"
  std::vector<std::string> parameters;  // what the route's {…} matched, in order

  std::optional<std::string_view> field(std::string_view name) const { return find(fields, name); }
  /// A query parameter, percent-decoded; nothing where it is not there.
  std::optional<std::string> query_parameter(std::string_view name) const;
};

/// Gives the next piece of a long body; an empty one ends it.
using BodySource = std::function<boost::asio::awaitable<std::string>()>;

struct Watch;  // http/watch.h

struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // a literal, or outlives the response
  Fields fields;                                       // besides Content-Type and Content-Length
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // instead of body, sent without a copy
  BodySource source;                               // instead of both: chunked
  std::string_view problem;                        // the code of a problem, a literal
  std::shared_ptr<Watch> watch;                    // instead of all three: events as they come
};

}  // namespace vote::http
