#include "world/kafka_broker.h"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace vote::test {
namespace {

constexpr const char* kServers = VOTE_SOURCE_DIR "/scripts/servers ";

}  // namespace

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): a test's own words
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::array<char, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), size);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed: " + output);
  return output;
}

KafkaBroker::KafkaBroker() {
  try {
    output_of(kServers + std::string("up ") + folder_.file("servers") + " 2>&1");
    const std::string url =
        output_of(". " + folder_.file("servers/env") + " && printf %s \"$VOTE_QUEUE_URL\"");
    address_ = url.substr(std::string("kafka://").size());
  } catch (const std::exception&) {
    tell("down");
    throw;
  }
}

KafkaBroker::~KafkaBroker() {
  try {
    tell("down");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

void KafkaBroker::tell(const std::string& what) const {
  output_of(kServers + what + ' ' + folder_.file("servers") + " 2>&1");
}

}  // namespace vote::test
