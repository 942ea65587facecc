#pragma once
// What a run sends, one request after another, and who is told how each was answered. All calls by
// the thread that drives.
#include <cstdint>
#include <optional>
#include <string>

#include "load/endpoint.h"
#include "vote/time.h"

namespace vote::load {

/// How one request ended.
struct RequestEnd {
  std::uint64_t tag = 0;  // as append_next gave it
  unsigned status = 0;    // 0: no answer
  std::uint64_t connection = 0;
  std::string_view body;  // where bodies are wanted, up to kAnswerBodyBytesMax; for this call
  Duration at{};          // since the run began
};

class Requests {
 public:
  virtual ~Requests() = default;

  /// Appends the next request, head and body, as `endpoint` is to get it; returns its tag. Nothing:
  /// there is none left.
  virtual std::optional<std::uint64_t> append_next(std::string& out, const Endpoint& endpoint) = 0;
  virtual void answered(const RequestEnd& /*end*/) {}
  /// From time to time, also while nothing is answered.
  virtual void tick() {}
  virtual bool wants_bodies() const { return false; }
};

}  // namespace vote::load
