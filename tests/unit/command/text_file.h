#pragma once
// A file with a text in it, gone with its object.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace vote::test {

class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    const int descriptor = ::mkstemp(path_.data());
    ::close(descriptor);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TextFile() { ::unlink(path_.c_str()); }
  TextFile(const TextFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/vote-text.XXXXXX";
};

}  // namespace vote::test
