#include "program/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

namespace vote::program {
namespace {

/// A service manager's socket.
class Manager {
 public:
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@')
      address.sun_path[0] = '\0';
    else
      ::unlink(name.c_str());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() {
    ::close(socket_);
    ::unsetenv("NOTIFY_SOCKET");
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::string heard() const {
    std::array<char, 256> words{};
    const ssize_t count = ::recv(socket_, words.data(), words.size(), MSG_DONTWAIT);
    return count < 0 ? "" : std::string(words.data(), static_cast<std::size_t>(count));
  }

 private:
  int socket_;
};

TEST(Notify, ReachesASocketInTheFileSystem) {
  const Manager manager(testing::TempDir() + "notify_" + std::to_string(::getpid()));
  notify("READY=1");
  EXPECT_EQ(manager.heard(), "READY=1");
}

TEST(Notify, ReachesAnAbstractSocket) {
  const Manager manager("@vote-notify-" + std::to_string(::getpid()));
  notify("STOPPING=1");
  EXPECT_EQ(manager.heard(), "STOPPING=1");
}

TEST(Notify, IsHarmlessWhereNobodyListens) {
  ::unsetenv("NOTIFY_SOCKET");
  notify("READY=1");
  for (const std::string& name : {std::string("/no/such/socket"), std::string("relative"),
                                  std::string(), '/' + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_NO_THROW(notify("READY=1")) << name;
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace vote::program
