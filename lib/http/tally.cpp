#include "http/tally.h"

#include <algorithm>

namespace vote::http {

void Tally::note(std::size_t route, unsigned status, std::string_view problem, Duration took) {
  Route& noted = routes_[std::min(route, routes_.size() - 1)];
  ++noted.by_status[std::min<std::size_t>(status - kFirstStatus, kStatuses - 1)];
  noted.took.note(took);
  if (!problem.empty()) note_problem(problem);
}

void Tally::note_problem(std::string_view code) {
  const std::size_t known = problems_known_.load(std::memory_order_relaxed);
  const auto end = problems_.begin() + static_cast<std::ptrdiff_t>(known);
  const auto found = std::find_if(problems_.begin(), end,
                                  [code](const Problem& each) { return each.code == code; });
  if (found == problems_.end()) return;
  if (found == end) {
    found->code = code;
    problems_known_.store(known + 1, std::memory_order_release);
  }
  ++found->count;
}

void Tally::add_to(ServerTotals& totals) const {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    RouteTotals& sum = totals.routes.at(i);
    for (std::size_t status = 0; status < kStatuses; ++status)
      if (const auto count = routes_[i].by_status[status].value(); count > 0)
        sum.by_status[static_cast<unsigned>(status) + kFirstStatus] += count;
    sum.took += routes_[i].took;
  }
  const std::size_t known = problems_known_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < known; ++i)
    totals.problems[problems_[i].code] += problems_[i].count.value();
}

}  // namespace vote::http
