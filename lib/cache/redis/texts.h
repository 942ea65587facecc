#pragma once
// How marks, counts and quotas are written in Redis: as text, so that redis-cli shows them, and
// short, for there is a mark for each voter. Ids and digests are base64url without padding (RFC
// 4648 §5), 22 and 11 characters:
//   voted:POLL:VOTER     pending:REQUEST:DIGEST, queued:… or confirmed:…
//   counts:POLL          VERSION TOTAL OPTION:VOTES OPTION:VOTES …  (version: 20 digits)
//   quota:Q:SUBJECT      a bucket: when it is full again, in microseconds by Redis's clock;
//                        members: MEMBER:UNTIL MEMBER:UNTIL … by the same
// and the channel counts:DATABASE carries "POLL " and what counts:POLL holds now (channels are
// common to all databases of a server). Internal to cache/redis/. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cache/cache.h"

namespace vote::redis {

/// The names of keys, behind the URL's prefix.
class Keys {
 public:
  Keys(std::string prefix, std::uint32_t database)
      : prefix_(std::move(prefix)), database_(database) {}
  std::string mark(PollId poll, UserId voter) const;
  std::string counts(PollId poll) const;
  std::string quota(const Take& take) const;
  std::string channel() const;

 private:
  std::string prefix_;
  std::uint32_t database_;
};

std::string id_text(const Uuid& id);
std::string digest_text(std::uint64_t digest);

std::string to_text(const Mark& mark);
/// What marks of that state and request begin with, whatever their digest.
std::string beginning_of_mark(MarkState state, RequestId request);
/// State none where the text is anything else.
Mark parse_mark(std::string_view text);
bool is_confirmed(std::string_view mark);

std::string to_text(const PollCounts& counts);
std::optional<PollCounts> parse_counts(PollId poll, std::string_view text);

/// What the channel carries.
std::string news_prefix(PollId poll);
std::optional<PollCounts> parse_news(std::string_view text);

}  // namespace vote::redis
