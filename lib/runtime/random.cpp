#include "runtime/random.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace vote {
namespace {

/// Random bytes drawn from the kernel in bulk: one system call for some hundred ids.
class RandomBuffer {
 public:
  std::span<const std::uint8_t, 10> ten_bytes() {
    if (used_ + 10 > bytes_.size()) {
      randombytes_buf(bytes_.data(), bytes_.size());
      used_ = 0;
    }
    const std::span<const std::uint8_t, 10> ten(bytes_.data() + used_, 10);
    used_ += 10;
    return ten;
  }

 private:
  std::array<std::uint8_t, 4000> bytes_{};
  std::size_t used_ = bytes_.size();
};

}  // namespace

void random_bytes(std::span<std::uint8_t> bytes) {
  randombytes_buf(bytes.data(), bytes.size());
}

Uuid fresh_uuid(const Clock& clock) {
  thread_local RandomBuffer buffer;
  const Time now = clock.now();
  std::array<std::uint8_t, 10> bits{};
  std::ranges::copy(buffer.ten_bytes(), bits.begin());
  // The twelve bits behind the milliseconds count on within one (RFC 9562 §6.2, method 3).
  const auto microsecond = static_cast<unsigned>(microseconds_of(now) % 1000);
  const unsigned fraction = microsecond * 4096 / 1000;
  bits[0] = static_cast<std::uint8_t>(fraction >> 8U);
  bits[1] = static_cast<std::uint8_t>(fraction & 0xFFU);
  return Uuid::version7(now, bits);
}

}  // namespace vote
