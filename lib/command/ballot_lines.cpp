#include "command/ballot_lines.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace vote::command {
namespace {

constexpr std::string_view kVoterNamespace = "3f0c5a52-8d0e-4c0b-9d65-6d1d5a1c7f10";
constexpr std::string_view kRequestNamespace = "a4f2b7de-51c3-4f9e-8a77-0c2f4e9b6d31";

Uuid name_based(std::string_view name_space, std::string_view text) {
  std::string input(Uuid::parse(name_space)->raw());
  input += text;
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(input.data()),
                     input.size());
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0FU) | 0x80U);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3FU) | 0x80U);
  return uuid;
}

Error malformed(std::string detail) {
  return {Code::malformed, std::move(detail)};
}

}  // namespace

Result<BallotLine> parse_ballot_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kBallotLineBytesMax)
    return malformed("the line is longer than " + std::to_string(kBallotLineBytesMax) + " bytes");
  BallotLine ballot;
  const auto tab = line.find('\t');
  if (tab == std::string_view::npos) {
    ballot.choices.emplace_back(line);
    return ballot;
  }
  ballot.voter = line.substr(0, tab);
  if (ballot.voter.empty()) return malformed("the voter before the tab is empty");
  if (ballot.voter.size() > kVoterBytesMax)
    return malformed("the voter is longer than " + std::to_string(kVoterBytesMax) + " bytes");
  for (std::size_t at = tab; at != std::string_view::npos;) {
    const auto next = line.find('\t', at + 1);
    const auto end = next == std::string_view::npos ? line.size() : next;
    ballot.choices.emplace_back(line.substr(at + 1, end - at - 1));
    at = next;
  }
  return ballot;
}

UserId voter_named(std::string_view name) {
  if (const auto id = UserId::parse(name)) return *id;
  return {name_based(kVoterNamespace, name)};
}

RequestId request_of(PollId poll, UserId voter, std::vector<OptionId> options) {
  std::sort(options.begin(), options.end());
  std::string text(poll.raw());
  text += voter.raw();
  for (const OptionId& option : options) text += option.raw();
  return {name_based(kRequestNamespace, text)};
}

}  // namespace vote::command
