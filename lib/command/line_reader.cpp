#include "command/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "command/failure.h"

namespace vote::command {
namespace {

constexpr std::size_t kPieceBytes = 65'536;

[[noreturn]] void fail(const std::string& doing, const std::string& name) {
  throw Failure(ExitCode::failed, "cannot " + doing + " " + name + ": " + std::strerror(errno));
}

}  // namespace

LineReader::LineReader(const std::string& path) : name_(path == "-" ? "stdin" : path) {
  descriptor_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail("open", name_);
}

LineReader::~LineReader() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::uint64_t LineReader::bytes_total() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

LineReader::Next LineReader::next() {
  for (;;) {
    const auto newline = buffer_.find('\n', scanned_);
    if (newline != std::string::npos) {
      std::string line = cut(newline - start_, 1);
      if (!std::exchange(dropping_, false)) return line;
      continue;
    }
    scanned_ = buffer_.size();
    if (scanned_ - start_ > line_bytes_max) {
      std::string line = cut(scanned_ - start_, 0);
      if (!std::exchange(dropping_, true)) return line;
      continue;
    }
    if (at_end_) {
      if (start_ == buffer_.size()) return End{};
      std::string line = cut(buffer_.size() - start_, 0);
      if (!dropping_) return line;
      continue;
    }
    if (!fill()) return NotYet{};
  }
}

bool LineReader::wait_for_next(std::string& line) {
  for (;;) {
    Next found = next();
    if (auto* text = std::get_if<std::string>(&found)) {
      line = std::move(*text);
      return true;
    }
    if (std::holds_alternative<End>(found)) return false;
    pollfd waiting{descriptor_, POLLIN, 0};
    ::poll(&waiting, 1, -1);
  }
}

std::string LineReader::cut(std::size_t length, std::size_t skip) {
  if (!dropping_) ++lines_;
  std::string line = buffer_.substr(start_, std::min(length, line_bytes_max + 1));
  start_ += length + skip;
  scanned_ = start_;
  return line;
}

/// Reads a piece; false: nothing there yet.
bool LineReader::fill() {
  pollfd waiting{descriptor_, POLLIN, 0};
  const int ready = ::poll(&waiting, 1, 0);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return false;
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  std::array<char, kPieceBytes> piece{};
  const ssize_t got = ::read(descriptor_, piece.data(), piece.size());
  if (got < 0) {
    if (errno == EINTR || errno == EAGAIN) return false;
    fail("read", name_);
  }
  at_end_ = got == 0;
  bytes_ += static_cast<std::uint64_t>(got);
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace vote::command
