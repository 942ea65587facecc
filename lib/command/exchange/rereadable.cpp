#include "command/exchange/rereadable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "command/failure.h"

namespace vote::command {
namespace {

constexpr std::size_t kPieceBytes = 65'536;

[[noreturn]] void fail(const std::string& doing, const std::string& name) {
  throw Failure(ExitCode::failed, "cannot " + doing + " " + name + ": " + std::strerror(errno));
}

/// An unnamed file, for its owner alone.
int new_unnamed_file() {
  std::string path = std::filesystem::temp_directory_path() / "votectl.XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) fail("make", path);
  ::unlink(path.c_str());
  return descriptor;
}

void write_all(int descriptor, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) fail("keep in the temporary folder what comes from", name);
    if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

Rereadable::Rereadable(const std::string& path)
    : name_(path == "-" ? "stdin" : path), buffer_(kPieceBytes) {
  descriptor_ = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail("open", name_);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) keep_all();
  rewind();
}

Rereadable::~Rereadable() {
  ::close(descriptor_);
}

void Rereadable::keep_all() {
  const int kept = new_unnamed_file();
  try {
    for (std::string_view piece = next_piece(); !piece.empty(); piece = next_piece())
      write_all(kept, piece, name_);
  } catch (...) {
    ::close(kept);
    ::close(descriptor_);
    throw;
  }
  ::close(std::exchange(descriptor_, kept));
}

void Rereadable::rewind() {
  if (::lseek(descriptor_, 0, SEEK_SET) < 0) fail("go back to the start of", name_);
}

std::string_view Rereadable::next_piece() {
  ssize_t got = -1;
  do got = ::read(descriptor_, buffer_.data(), buffer_.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) fail("read", name_);
  return {buffer_.data(), static_cast<std::size_t>(got)};
}

}  // namespace vote::command
