#include "command/dead_letters/filter.h"

#include "command/failure.h"

namespace vote::command {
namespace {

std::optional<Time> moment_of(const char* flag, const std::optional<std::string>& text, Time now) {
  if (!text) return std::nullopt;
  if (const auto moment = parse_time(*text)) return moment;
  if (const auto length = parse_duration(*text)) return now - *length;
  throw Failure(ExitCode::usage,
                std::string(flag) + " " + *text +
                    ": must be a time like 2026-01-15T10:30:00Z, or how long ago, like 90min");
}

}  // namespace

void add_filter(Verb& verb, FilterWish& wish) {
  verb.option("--reason", wish.reason, "WORD", "only those with this reason, such as unknown_poll");
  verb.option("--poll", wish.poll, "POLL", "only votes on this poll");
  verb.option("--since", wish.since, "TIME", "only those since then: a time, or how long ago (2h)");
  verb.option("--until", wish.until, "TIME", "only those before then");
}

BuriedVoteFilter filter_of(const FilterWish& wish, Time now) {
  BuriedVoteFilter filter;
  filter.reason = wish.reason;
  if (wish.poll && !(filter.poll = PollId::parse(*wish.poll)))
    throw Failure(ExitCode::usage, "--poll " + *wish.poll + ": is no poll's id",
                  "vote-dlq count --by poll lists those there are");
  filter.since = moment_of("--since", wish.since, now);
  filter.until = moment_of("--until", wish.until, now);
  return filter;
}

}  // namespace vote::command
