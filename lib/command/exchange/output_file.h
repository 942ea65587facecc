#pragma once
// A file that is there whole or not at all, for its owner alone: it is written under another name
// beside its own. One thread.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace vote::command {

class OutputFile {
 public:
  /// Throws Failure (also from the calls below): cannot be made.
  explicit OutputFile(const std::string& path);
  /// Without `finish`, nothing is left; what stood at the path stands.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;

  void write(std::string_view bytes);
  /// On the disk, under its name.
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail() const;

  std::string path_;
  std::string draft_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace vote::command
