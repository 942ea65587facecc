#include "cache/redis/texts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "vote/base64url.h"

namespace vote::redis {
namespace {

constexpr std::size_t kIdCharacters = 22;
constexpr std::size_t kDigestCharacters = 11;
constexpr std::size_t kVersionDigits = 20;

constexpr std::array<std::string_view, 4> kStates{"none", "pending", "queued", "confirmed"};

std::array<std::uint8_t, sizeof(std::uint64_t)> bytes_of(std::uint64_t number) {
  std::array<std::uint8_t, sizeof number> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes.at(i) = static_cast<std::uint8_t>(number >> (8 * (bytes.size() - 1 - i)));
  return bytes;
}

template <std::size_t bytes>
std::optional<std::array<std::uint8_t, bytes>> parse_bytes(std::string_view text) {
  const auto read = of_base64url(text);
  if (!read || read->size() != bytes) return std::nullopt;
  std::array<std::uint8_t, bytes> value{};
  std::copy(read->begin(), read->end(), value.begin());
  return value;
}

std::optional<Uuid> parse_id(std::string_view text) {
  const auto bytes = parse_bytes<16>(text);
  return bytes ? std::optional(Uuid{*bytes}) : std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, number);
  return error == std::errc() && read == end ? std::optional(number) : std::nullopt;
}

/// What stands before the next blank, which goes too.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<OptionCount> parse_option(std::string_view word) {
  if (word.size() <= kIdCharacters || word[kIdCharacters] != ':') return std::nullopt;
  const auto id = parse_id(word.substr(0, kIdCharacters));
  const auto votes = parse_number(word.substr(kIdCharacters + 1));
  if (!id || !votes) return std::nullopt;
  return OptionCount{OptionId{*id}, *votes};
}

char letter_of(Quota quota) {
  switch (quota) {
    case Quota::votes_of_address:
      return 'a';
    case Quota::votes_of_user:
      return 'u';
    case Quota::polls_of_user:
      return 'p';
    case Quota::devices_of_user:
      break;
  }
  return 'd';
}

}  // namespace

std::string id_text(const Uuid& id) {
  return to_base64url(id.bytes);
}

std::string digest_text(std::uint64_t digest) {
  return to_base64url(bytes_of(digest));
}

std::string Keys::mark(PollId poll, UserId voter) const {
  constexpr std::string_view kKind = "voted:";
  std::string key;
  key.reserve(prefix_.size() + kKind.size() + 2 * kIdCharacters + 1);
  key.append(prefix_).append(kKind);
  append_base64url(key, poll.uuid.bytes);
  key += ':';
  append_base64url(key, voter.uuid.bytes);
  return key;
}

std::string Keys::counts(PollId poll) const {
  return prefix_ + "counts:" + id_text(poll.uuid);
}

std::string Keys::quota(const Take& take) const {
  return (prefix_ + "quota:" + letter_of(take.quota))
      .append(":")
      .append(to_base64url(take.subject));
}

std::string Keys::channel() const {
  return prefix_ + "counts:" + std::to_string(database_);
}

std::string beginning_of_mark(MarkState state, RequestId request) {
  const std::string_view name = kStates.at(static_cast<std::size_t>(state));
  std::string text;
  text.reserve(name.size() + 1 + kIdCharacters + 1 + kDigestCharacters);
  text.append(name).append(":");
  append_base64url(text, request.uuid.bytes);
  text += ':';
  return text;
}

std::string to_text(const Mark& mark) {
  std::string text = beginning_of_mark(mark.state, mark.request);
  append_base64url(text, bytes_of(mark.digest));
  return text;
}

bool is_confirmed(std::string_view mark) {
  return mark.starts_with(kStates.at(static_cast<std::size_t>(MarkState::confirmed)));
}

Mark parse_mark(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  for (std::size_t state = 1; state < kStates.size(); ++state) {
    if (text.substr(0, colon) != kStates.at(state)) continue;
    text.remove_prefix(std::min(colon + 1, text.size()));
    if (text.size() != kIdCharacters + 1 + kDigestCharacters) return {};
    if (text[kIdCharacters] != ':') return {};
    const auto request = parse_id(text.substr(0, kIdCharacters));
    const auto digest = parse_bytes<sizeof(std::uint64_t)>(text.substr(kIdCharacters + 1));
    if (!request || !digest) return {};
    Mark mark{static_cast<MarkState>(state), RequestId{*request}, 0};
    for (const std::uint8_t byte : *digest) mark.digest = mark.digest << 8U | byte;
    return mark;
  }
  return {};
}

std::string to_text(const PollCounts& counts) {
  const std::string version = std::to_string(counts.version);
  std::string text(kVersionDigits - version.size(), '0');
  text.append(version).append(" ").append(std::to_string(counts.total_votes));
  for (const OptionCount& option : counts.options)
    text.append(" ")
        .append(id_text(option.option.uuid))
        .append(":")
        .append(std::to_string(option.votes));
  return text;
}

std::optional<PollCounts> parse_counts(PollId poll, std::string_view text) {
  const auto version = parse_number(take_word(text));
  const auto total = parse_number(take_word(text));
  if (!version || !total) return std::nullopt;
  PollCounts counts{poll, *version, *total, {}};
  while (!text.empty()) {
    const auto option = parse_option(take_word(text));
    if (!option) return std::nullopt;
    counts.options.push_back(*option);
  }
  return counts;
}

std::string news_prefix(PollId poll) {
  return id_text(poll.uuid) + ' ';
}

std::optional<PollCounts> parse_news(std::string_view text) {
  const auto poll = parse_id(take_word(text));
  return poll ? parse_counts(PollId{*poll}, text) : std::nullopt;
}

}  // namespace vote::redis
