#include "queue/queue.h"

namespace vote {

std::uint64_t message_digest(std::string_view value) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : value) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return hash;
}

}  // namespace vote
