#pragma once
// Another program beside the test: it ends with the object, and with the test however that ends.
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vote::test {

class Process {
 public:
  /// Looked up in PATH. Its stdin is empty, stdout and stderr are one.
  explicit Process(const std::vector<std::string>& command);
  ~Process();
  Process(const Process&) = delete;

  /// Reads what it says until a line has `text` in it. False: it has ended before.
  bool says(const std::string& text);
  const std::string& said() const { return said_; }

  void kill();   // SIGKILL; returns once it has ended
  void stop();   // SIGSTOP; returns once it stands still
  void go_on();  // SIGCONT
  /// Waits for its end. Its exit status, or -1 where a signal ended it.
  int wait();

 private:
  pid_t id_ = -1;
  int output_ = -1;
  std::string said_;
};

/// Nobody listens there now.
std::uint16_t free_port();

}  // namespace vote::test
