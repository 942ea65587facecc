// The queue's message (vote/ballot.h): what is read is written and read again the same, what is
// refused says why, and ids_of_message agrees with it about whose vote on what it is.
#include <algorithm>

#include "fuzz/fuzz.h"
#include "vote/ballot.h"

namespace vote::fuzz {
namespace {

bool are_same(const CastVote& one, const CastVote& other) {
  return one.request == other.request && one.poll == other.poll && one.voter == other.voter &&
         one.options == other.options && one.accepted_at == other.accepted_at &&
         one.ip == other.ip && one.user_agent == other.user_agent;
}

void check(const CastVote& vote, const MessageIds& ids) {
  require(!vote.options.empty(), "a cast names an option");
  require(std::is_sorted(vote.options.begin(), vote.options.end()), "options are sorted");
  require(vote.user_agent.size() <= kUserAgentBytesMax, "a user agent is cut");
  require(ids.poll == vote.poll && ids.voter == vote.voter && ids.request == vote.request,
          "both readers see the same ids");
  const std::string written = to_message(vote);
  const auto again = parse_message(written);
  require(bool(again), "what was written is read", written);
  const auto* read = std::get_if<CastVote>(&*again);
  require(read != nullptr && are_same(*read, vote), "what was written is read the same", written);
  require(to_message(*read) == written, "and written the same", written);
}

void check(const ClosePoll& close, const MessageIds& ids) {
  require(ids.poll == close.poll, "both readers see the same poll");
  const auto again = parse_message(to_message(close));
  require(again && std::holds_alternative<ClosePoll>(*again) &&
              std::get<ClosePoll>(*again).poll == close.poll,
          "a closing message is read as it was written");
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote;
  const std::string_view json = fuzz::text_of(data, size);
  const MessageIds ids = ids_of_message(json);
  const auto message = parse_message(json);
  if (message) {
    std::visit([&](const auto& read) { fuzz::check(read, ids); }, *message);
  } else {
    fuzz::require(message.error().code == Code::malformed, "a refusal is malformed");
    fuzz::require(!message.error().detail.empty(), "a refusal says why");
  }
  return 0;
}
