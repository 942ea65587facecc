#include "cache/redis/scripts.h"

namespace vote::redis {
namespace {

// For each key: the beginning of one's own pending mark; the queued mark; for how long, ms.
constexpr std::string_view kQueueMarks = R"lua(
local held, made = redis.call('MGET', unpack(KEYS)), {}
for i = 1, #KEYS do
  local key, pending, queued, keep = KEYS[i], ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  if not made[key] and (not held[i] or held[i]:sub(1, #pending) == pending) then
    redis.call('SET', key, queued, 'PX', keep)
    made[key] = true
  end
end
)lua";

// The beginning of the mark that may go.
constexpr std::string_view kRemoveMark = R"lua(
local held = redis.call('GET', KEYS[1])
if held and held:sub(1, #ARGV[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
)lua";

// The counts, of which the first 20 characters are the version; for how long, ms; the channel, and
// what stands before the counts there. Versions are compared as text: Lua's numbers have 53 bits.
constexpr std::string_view kPutCounts = R"lua(
local held = redis.call('GET', KEYS[1])
local before, now = held and held:sub(1, 20), ARGV[1]:sub(1, 20)
if before and before > now then return end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if before ~= now then redis.call('PUBLISH', ARGV[3], ARGV[4] .. ARGV[1]) end
)lua";

// For each key: how many, in what period (microseconds), and the member, empty for a bucket. The
// first key that has none left, counted from 0, and how long it will have none; or nothing. Times
// are microseconds since 1970, which a double holds exactly, and are written out in full.
constexpr std::string_view kAllow = R"lua(
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local held = redis.call('MGET', unpack(KEYS))
local texts, ends = {}, {}
for i = 1, #KEYS do
  local most, period, member = ARGV[3 * i - 2] + 0, ARGV[3 * i - 1] + 0, ARGV[3 * i]
  if member == '' then
    local full = now
    if held[i] and held[i] + 0 > now then full = held[i] + 0 end
    full = full + math.floor(period / most)
    if full - period > now then return {i - 1, full - period - now} end
    texts[i], ends[i] = string.format('%.0f', full), full
  else
    local last, first, others, known = now + period, nil, 0, false
    local text = string.format('%s:%.0f', member, last)
    if held[i] then
      for id, time in string.gmatch(held[i], '(%S+):(%d+)') do
        time = time + 0
        if id == member then
          known = time > now
        elseif time > now then
          others = others + 1
          last, first = math.max(last, time), math.min(first or time, time)
          text = string.format('%s %s:%.0f', text, id, time)
        end
      end
      if not known and others >= most then return {i - 1, first - now} end
    end
    texts[i], ends[i] = text, last
  end
end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], texts[i], 'PX', math.ceil((ends[i] - now) / 1000))
end
)lua";

}  // namespace

std::string_view text_of(Script script) {
  switch (script) {
    case Script::queue_marks:
      return kQueueMarks;
    case Script::remove_mark:
      return kRemoveMark;
    case Script::put_counts:
      return kPutCounts;
    case Script::allow:
      break;
  }
  return kAllow;
}

}  // namespace vote::redis
