#include "cache/redis/scripts.h"

namespace vote::redis {
namespace {

// The beginning of one's own pending mark; the queued mark; for how long, ms.
constexpr std::string_view kQueueMark = R"lua(
local held = redis.call('GET', KEYS[1])
if not held or held:sub(1, #ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
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
local taken = {}

local function take_of_bucket(held, most, period)
  local full = math.max(tonumber(held) or 0, now) + math.floor(period / most)
  if full - period > now then return full - period - now end
  return nil, string.format('%.0f', full), full
end

local function take_member(held, most, period, member)
  local kept, last, first, known = {}, now + period, nil, false
  for entry, id, time in string.gmatch(held or '', '((%S+):(%d+))') do
    local ends = tonumber(time)
    if id == member then
      known = ends > now
    elseif ends > now then
      kept[#kept + 1] = entry
      last, first = math.max(last, ends), math.min(first or ends, ends)
    end
  end
  if not known and #kept >= most then return first - now end
  kept[#kept + 1] = member .. ':' .. string.format('%.0f', now + period)
  return nil, table.concat(kept, ' '), last
end

for i, key in ipairs(KEYS) do
  local most, period, member = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), ARGV[3 * i]
  local held = redis.call('GET', key)
  local wait, text, ends
  if member == '' then
    wait, text, ends = take_of_bucket(held, most, period)
  else
    wait, text, ends = take_member(held, most, period, member)
  end
  if wait then return {i - 1, wait} end
  taken[i] = {text, math.ceil((ends - now) / 1000)}
end
for i, key in ipairs(KEYS) do redis.call('SET', key, taken[i][1], 'PX', taken[i][2]) end
)lua";

}  // namespace

std::string_view text_of(Script script) {
  switch (script) {
    case Script::queue_mark:
      return kQueueMark;
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
