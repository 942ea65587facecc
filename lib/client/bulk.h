#pragma once
// Many requests over a fixed number of kept connections, all by one thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "client/client.h"

namespace vote::client {

inline constexpr unsigned kConnectionsMax = 1024;

/// One request's end: its answer, or why there is none after kTriesMax tries.
struct Outcome {
  std::uint64_t tag = 0;  // as given with the request
  std::optional<Answer> answer;
  std::string failure;  // where there is no answer
};

struct Tagged {
  std::uint64_t tag = 0;
  Request request;
};
struct NothingYet {};  // ask again when `source_fd` can be read
struct NoMore {};
using NextRequest = std::variant<Tagged, NothingYet, NoMore>;

class Bulk {
 public:
  /// Throws ClientError (the URL), std::invalid_argument (0 or more than kConnectionsMax).
  Bulk(const std::string& base, unsigned connections);
  ~Bulk();

  using Source = std::function<NextRequest()>;
  using Sink = std::function<void(const Outcome&)>;
  /// Sends what `source` gives until it has no more, and hands each outcome to `sink`, in the order
  /// of the answers; both are called by this thread. A request without an answer, or with one worth
  /// repeating, is sent again as it is, up to kTriesMax times with a growing delay, while others go
  /// on. So every request must be one that may be sent twice. `source_fd`: what `source` reads
  /// from, for NothingYet; -1 where it never says that.
  void run(const Source& source, const Sink& sink, int source_fd = -1);

 private:
  class Run;
  std::string base_;
  unsigned connections_;
};

}  // namespace vote::client
