#pragma once
// A file or stdin as a stream that ends when the program is to stop, so that a pipe in which
// nothing comes cannot hold it. `stream().rdbuf()->in_avail()` is 0 where nothing came for a moment
// (kLullMs). One thread.
#include <istream>
#include <memory>
#include <string>

#include "runtime/stop.h"

namespace vote::program {

inline constexpr int kLullMs = 10;

class Input {
 public:
  /// "-" is stdin. Throws std::runtime_error that names the file; so does reading.
  Input(const std::string& path, const Stop& stop);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  std::istream& stream() { return stream_; }

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
  std::istream stream_;
};

}  // namespace vote::program
