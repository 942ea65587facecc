#pragma once
// A file that can be read from its start again; what is no plain file (stdin, a pipe) is kept in an
// unnamed file of the temporary folder meanwhile. Memory: one buffer. One thread.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vote::command {

class Rereadable {
 public:
  /// "-": stdin. All calls throw Failure where the file cannot be opened, read or kept.
  explicit Rereadable(const std::string& path);
  ~Rereadable();
  Rereadable(const Rereadable&) = delete;

  /// What messages call it: the path as given, or "stdin".
  const std::string& name() const { return name_; }

  void rewind();
  /// The next bytes, until the next call; empty: the end.
  std::string_view next_piece();

 private:
  void keep_all();

  std::string name_;
  int descriptor_ = -1;
  std::vector<char> buffer_;
};

}  // namespace vote::command
