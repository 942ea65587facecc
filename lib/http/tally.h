#pragma once
// What a server has answered so far. Each of its threads notes in a tally of its own, so that no
// two write to one number; `Server::totals` adds them up.
#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/counter.h"
#include "vote/time.h"

namespace vote::http {

struct RouteTotals {
  std::string method;   // "GET"
  std::string pattern;  // "/v1/polls/{id}"; of what no route takes, "none" and method "any"
  std::map<unsigned, std::uint64_t> by_status;
  /// From the whole request being there until its answer was, sending apart.
  metrics::Histogram took;
};

struct ServerTotals {
  std::vector<RouteTotals>
      routes;  // in the order of Router::routes, and one for all other requests
  std::map<std::string_view, std::uint64_t> problems;  // by code
  std::uint64_t turned_away = 0;                       // connections beyond `connections_max`
  std::size_t connections = 0;                         // that are open
  std::size_t watchers = 0;                            // of them
};

/// One thread notes, any may add it up.
class Tally {
 public:
  explicit Tally(std::size_t routes) : routes_(routes + 1) {}

  /// `route` as Router::Match has it. `problem`: the code of a problem (a literal), or empty.
  void note(std::size_t route, unsigned status, std::string_view problem, Duration took);

  /// `totals.routes` are of the same router.
  void add_to(ServerTotals& totals) const;

 private:
  static constexpr unsigned kFirstStatus = 100;
  static constexpr std::size_t kStatuses = 500;
  static constexpr std::size_t kProblemsMax = 64;  // different codes; there are some thirty
  struct Route {
    std::array<metrics::Counter, kStatuses> by_status;
    metrics::Histogram took;
  };
  struct Problem {
    std::string_view code;
    metrics::Counter count;
  };

  void note_problem(std::string_view code);

  std::vector<Route> routes_;  // the last one: requests that no route takes
  std::array<Problem, kProblemsMax> problems_;
  std::atomic<std::size_t> problems_known_ = 0;  // of problems_; their codes change no more
};

}  // namespace vote::http
