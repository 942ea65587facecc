#pragma once
// A folder of its own for each test, the embedded engine's files in it, and what stands in them.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "sqlite/database.h"

namespace vote::test {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A file with the schema "store" or "queue", migrated and closed again.
void make_file(const std::string& path, const std::string& schema);

/// The first column of the first row, as a judge with SQL of its own sees it.
std::int64_t number(const std::string& path, const std::string& sql);

std::string text(const std::string& path, const std::string& sql);

void change(const std::string& path, const std::string& sql);

}  // namespace vote::test
