#include "program/input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <streambuf>
#include <vector>

namespace vote::program {
namespace {

constexpr std::size_t kBufferBytes = 65536;
constexpr int kStopCheckMs = 100;

}  // namespace

class Input::Buffer final : public std::streambuf {
 public:
  Buffer(const std::string& path, const Stop& stop) : path_(path), stop_(stop) {
    if (path == "-") return;
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) fail();
  }
  ~Buffer() override {
    if (file_ != STDIN_FILENO) ::close(file_);
  }

 protected:
  std::streamsize showmanyc() override { return comes_within(kLullMs) ? 1 : 0; }

  int_type underflow() override {
    while (!stop_.requested()) {
      if (!comes_within(kStopCheckMs)) continue;
      const ssize_t count = ::read(file_, bytes_.data(), bytes_.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) fail();
      if (count == 0) break;
      setg(bytes_.data(), bytes_.data(), bytes_.data() + count);
      return traits_type::to_int_type(*gptr());
    }
    return traits_type::eof();
  }

 private:
  /// Something to read, the end or an error.
  bool comes_within(int milliseconds) const {
    pollfd wait{file_, POLLIN, 0};
    return ::poll(&wait, 1, milliseconds) != 0;
  }
  [[noreturn]] void fail() const {
    throw std::runtime_error("cannot read " + (path_ == "-" ? "stdin" : path_) + ": " +
                             std::strerror(errno));
  }

  std::string path_;
  const Stop& stop_;
  int file_ = STDIN_FILENO;
  std::vector<char> bytes_ = std::vector<char>(kBufferBytes);
};

Input::Input(const std::string& path, const Stop& stop)
    : buffer_(std::make_unique<Buffer>(path, stop)), stream_(buffer_.get()) {}

Input::~Input() = default;

}  // namespace vote::program
