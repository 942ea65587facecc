#include "load/judge/request.h"

#include <algorithm>

namespace vote::load {
namespace {

bool is_same_request(const Try& one, const Try& other) {
  return one.voter == other.voter && one.key == other.key && one.kind == other.kind &&
         one.choice == other.choice;
}

bool is_for_good(Answered answered) {
  return answered == Answered::refused || answered == Answered::another_stands;
}

bool is_client_error(Answered answered) {
  return is_for_good(answered) || answered == Answered::asked_again;
}

Fate fate_of(std::span<const Try> tries) {
  const auto any = [&](Answered answered) {
    return std::any_of(tries.begin(), tries.end(),
                       [&](const Try& one) { return one.answered == answered; });
  };
  if (any(Answered::counted)) return Fate::counted;
  if (any(Answered::accepted)) return Fate::accepted;
  if (std::all_of(tries.begin(), tries.end(),
                  [](const Try& one) { return is_client_error(one.answered); }))
    return Fate::no;
  return is_for_good(tries.back().answered) ? Fate::refused : Fate::unknown;
}

}  // namespace

bool Request::acknowledged_before(const Try& later) const {
  return std::ranges::any_of(tries, [&](const Try& one) {
    const bool acknowledged =
        one.answered == Answered::counted || one.answered == Answered::accepted;
    return acknowledged && one.answer_line > 0 && one.journal == later.journal &&
           one.answer_line < later.line;
  });
}

bool Request::is_of_the_queue() const {
  return std::ranges::none_of(tries, [](const Try& one) {
    return one.answered == Answered::nothing || one.answered == Answered::counted;
  });
}

std::vector<Request> requests_of(std::span<const Try> tries) {
  std::vector<Request> requests;
  read_requests(tries, requests);
  return requests;
}

void read_requests(std::span<const Try> tries, std::vector<Request>& requests) {
  requests.clear();
  for (auto at = tries.begin(); at != tries.end();) {
    const auto end =
        std::find_if(at, tries.end(), [&](const Try& one) { return !is_same_request(one, *at); });
    requests.push_back({{at, end}, fate_of({at, end})});
    at = end;
  }
}

}  // namespace vote::load
