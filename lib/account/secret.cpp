#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "account/token.h"

namespace vote {
namespace {

constexpr std::size_t kSecretFileBytesMax = 4096;

[[noreturn]] void fail(const std::string& path, const std::string& reason,
                       const std::string& advice) {
  throw std::runtime_error("cannot use the secret file " + path + ": " + reason + "; " + advice);
}

std::string how_to_make_one(const std::string& path) {
  return "make one: (umask 077 && head -c 32 /dev/urandom | base64 > " + path + ")";
}

class File {
 public:
  explicit File(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number_ < 0)
      fail(path, std::strerror(errno), errno == ENOENT ? how_to_make_one(path) : kAdvice);
  }
  ~File() { ::close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

  static constexpr const char* kAdvice = "it must be a file that this user may read";

 private:
  int number_;
};

void check_mode(const File& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(path, std::strerror(errno), File::kAdvice);
  if (!S_ISREG(status.st_mode)) fail(path, "it is no regular file", File::kAdvice);
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    fail(path, "others may read or change it", "chmod 600 " + path);
}

std::string content_of(const File& file, const std::string& path) {
  std::string content;
  std::array<char, kSecretFileBytesMax> piece;
  while (content.size() <= kSecretFileBytesMax) {
    const ssize_t count = ::read(file.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, std::strerror(errno), File::kAdvice);
    if (count == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(count));
  }
  fail(path, "it is longer than 4096 bytes", how_to_make_one("another-file"));
}

}  // namespace

std::string read_secret_file(const std::string& path) {
  const File file(path);
  check_mode(file, path);
  std::string secret = content_of(file, path);
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.size() < kSecretBytesMin)
    fail(path, "it holds " + std::to_string(secret.size()) + " bytes, at least 32 are needed",
         how_to_make_one(path));
  return secret;
}

}  // namespace vote
