#pragma once
// What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput (libFuzzer): it
// hands any bytes to one reader of the product and asserts what must hold of every answer. Run by
// scripts/fuzz; a finding is replayed by handing its file to the program.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vote::fuzz {

/// Ends the process where it does not hold, so that the fuzzer keeps the input.
inline void require(bool holds, std::string_view what, std::string_view of = {}) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(of.size()), of.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes a byte off the front; 0 where there is none.
inline std::uint8_t take_byte(std::string_view& rest) {
  if (rest.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(rest.front());
  rest.remove_prefix(1);
  return byte;
}

/// Bytes under a path, for readers of files; no disk is touched.
class File {
 public:
  explicit File(std::string_view bytes) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("cannot make a file in memory");
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
      if (wrote < 0) throw std::runtime_error("cannot write a file in memory");
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace vote::fuzz
