#pragma once
// Ids: UUIDs (RFC 9562), each kind its own type, so that a poll's id cannot be handed where a
// voter's belongs. Made by us they are version 7: they sort by time and keep indexes dense.
// Pure values; any thread.
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vote/time.h"

namespace vote {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;

  /// The 36-character form, either case. Nothing where the text is anything else.
  static std::optional<Uuid> parse(std::string_view text);
  /// Sixteen raw bytes, as a store keeps them. Nothing for any other length.
  static std::optional<Uuid> of_bytes(std::string_view raw);
  /// Version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then `random`.
  static Uuid version7(Time time, std::span<const std::uint8_t, 10> random);

  std::string text() const;
  std::string_view raw() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

template <class Kind>
struct Id {
  Uuid uuid;

  auto operator<=>(const Id&) const = default;

  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>(Id{*uuid}) : std::nullopt;
  }
  static std::optional<Id> of_bytes(std::string_view raw) {
    const auto uuid = Uuid::of_bytes(raw);
    return uuid ? std::optional<Id>(Id{*uuid}) : std::nullopt;
  }
  std::string text() const { return uuid.text(); }
  std::string_view raw() const { return uuid.raw(); }
};

using PollId = Id<struct PollKind>;
using OptionId = Id<struct OptionKind>;
using UserId = Id<struct UserKind>;
using RequestId = Id<struct RequestKind>;

/// For hash tables: the last eight bytes are random in every version of UUID we meet, yet a client
/// chooses its idempotency keys, so all sixteen are mixed.
struct UuidHash {
  std::size_t operator()(const Uuid& uuid) const {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, uuid.bytes.data(), 8);
    std::memcpy(&low, uuid.bytes.data() + 8, 8);
    std::uint64_t mixed = (high ^ (low * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
    return mixed ^ (mixed >> 31U);
  }
};

}  // namespace vote

template <>
struct std::hash<vote::Uuid> : vote::UuidHash {};
template <class Kind>
struct std::hash<vote::Id<Kind>> {
  std::size_t operator()(const vote::Id<Kind>& id) const { return vote::UuidHash{}(id.uuid); }
};
