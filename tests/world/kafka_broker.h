#pragma once
// A broker of its own, for tests that kill it or stop it: scripts/servers with everything it
// starts.
#include <string>

#include "world/files.h"

namespace vote::test {

class KafkaBroker {
 public:
  KafkaBroker();
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;

  const std::string& address() const { return address_; }  // "host:port"
  void kill() { tell("kill kafka1"); }
  void start() { tell("start kafka1"); }
  void freeze() { tell("stop kafka1"); }
  void thaw() { tell("cont kafka1"); }

 private:
  void tell(const std::string& what) const;

  Folder folder_;
  std::string address_;
};

/// What the shell command says on stdout; throws where it fails.
std::string output_of(const std::string& command);

}  // namespace vote::test
