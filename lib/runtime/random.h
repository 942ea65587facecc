#pragma once
// Randomness and the ids made of it, from the kernel's generator. Thread-safe.
#include <cstdint>
#include <span>

#include "runtime/clock.h"
#include "vote/ids.h"

namespace vote {

/// Fills with bytes fit for keys.
void random_bytes(std::span<std::uint8_t> bytes);

/// A fresh version 7 id; they sort by the microsecond. Cheap: random bytes are drawn from the
/// kernel in bulk, a buffer a thread.
Uuid fresh_uuid(const Clock& clock);
template <class SomeId>
SomeId fresh_id(const Clock& clock) {
  return SomeId{fresh_uuid(clock)};
}

}  // namespace vote
