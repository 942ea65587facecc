#include "http/router.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>
#include <utility>

namespace vote::http {
namespace {

constexpr std::string_view kParameter = "{}";
constexpr std::size_t kSegmentsMax = 16;

/// The path cut at its slashes; `count` is kSegmentsMax + 1 where it has more than any route.
struct Segments {
  explicit Segments(std::string_view path) {
    while (!path.empty()) {
      path.remove_prefix(1);
      if (count == kSegmentsMax) {
        count = kSegmentsMax + 1;
        return;
      }
      const auto end = std::min(path.find('/'), path.size());
      items[count++] = path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  std::array<std::string_view, kSegmentsMax> items;
  std::size_t count = 0;
};

bool fits(const std::vector<std::string>& pattern, const Segments& path) {
  if (pattern.size() != path.count) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool taken =
        pattern[i] == kParameter ? !path.items[i].empty() : pattern[i] == path.items[i];
    if (!taken) return false;
  }
  return true;
}

/// Whether `left` has a literal where `right`, which fits the same path, has a parameter first.
bool closer(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin());
  return l != left.end() && *r == kParameter;
}

std::string_view name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return "";
}

class Allowed {
 public:
  void add(Method method) { bits_ |= 1U << static_cast<unsigned>(method); }

  std::string text() const {
    if (bits_ == 0) return "";
    Allowed all = *this;
    all.add(Method::options);
    if (has(Method::get)) all.add(Method::head);
    std::string listed;
    for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch,
                                Method::delete_, Method::options}) {
      if (!all.has(method)) continue;
      listed += listed.empty() ? "" : ", ";
      listed += name(method);
    }
    return listed;
  }

 private:
  bool has(Method method) const { return (bits_ & 1U << static_cast<unsigned>(method)) != 0; }
  unsigned bits_ = 0;
};

}  // namespace

void Router::add(Method method, std::string_view pattern, Handler handler) {
  const Segments parts(pattern);
  if (pattern.empty() || pattern.front() != '/' || parts.count > kSegmentsMax)
    throw std::logic_error("not a route: " + std::string(pattern));
  Route route{method, std::string(pattern), {}, std::move(handler)};
  for (std::size_t i = 0; i < parts.count; ++i) {
    const auto part = parts.items[i];
    const bool parameter = part.size() > 1 && part.front() == '{' && part.back() == '}';
    route.segments.emplace_back(parameter ? kParameter : part);
  }
  for (const Route& other : routes_)
    if (other.method == method && other.segments == route.segments)
      throw std::logic_error("two routes for " + std::string(pattern));
  routes_.push_back(std::move(route));
}

Router::Match Router::match(Method method, std::string_view path) const {
  const Segments parts(path);
  const Route* best = nullptr;
  Allowed allowed;
  for (const Route& route : routes_) {
    if (!fits(route.segments, parts)) continue;
    allowed.add(route.method);
    const bool answers =
        route.method == method || (method == Method::head && route.method == Method::get);
    if (!answers) continue;
    const bool better = best == nullptr || closer(route.segments, best->segments) ||
                        (route.segments == best->segments && route.method == method);
    if (better) best = &route;
  }
  Match match;
  if (best == nullptr) {
    match.allow = allowed.text();
    return match;
  }
  match.handler = &best->handler;
  match.route = static_cast<std::size_t>(best - routes_.data());
  for (std::size_t i = 0; i < parts.count; ++i)
    if (best->segments[i] == kParameter) match.parameters.emplace_back(parts.items[i]);
  return match;
}

std::vector<std::string> Router::routes() const {
  std::vector<std::string> listed;
  for (const Route& route : routes_)
    listed.push_back(std::string(name(route.method)) + " " + route.pattern);
  return listed;
}

}  // namespace vote::http
