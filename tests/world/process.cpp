#include "world/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace vote::test {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// In the child, between fork and exec: system calls alone.
[[noreturn]] void become(char* const* command, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(command[0], command);
  ::_exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe2");
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ < 0) fail("fork");
  if (id_ == 0) become(pointers.data(), pipe[1], parent);
  ::close(pipe[1]);
  output_ = pipe[0];
}

Process::~Process() {
  kill();
  ::close(output_);
}

bool Process::says(const std::string& text) {
  std::size_t line = said_.size();
  for (;;) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(output_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    said_.append(bytes.data(), static_cast<std::size_t>(got));
    if (said_.find(text, line) != std::string::npos) return true;
    line = said_.rfind('\n') == std::string::npos ? 0 : said_.rfind('\n');
  }
}

void Process::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  wait();
}

void Process::stop() {
  ::kill(id_, SIGSTOP);
  int status = 0;
  while (::waitpid(id_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
}

void Process::go_on() {
  ::kill(id_, SIGCONT);
}

int Process::wait() {
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      socket >= 0 && ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!bound) fail("bind");
  return ntohs(address.sin_port);
}

}  // namespace vote::test
