#pragma once
// The judge: from journals of what was sent and answered, against the store and what the API shows,
// whether every acknowledged vote is counted once. It reads the store by SQL of its own
// (evidence.h) and trusts no count of the product. One thread.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "load/evidence.h"
#include "load/judge/ballots.h"
#include "load/judge/counts.h"
#include "load/judge/findings.h"
#include "load/judge/testimony.h"
#include "queue/queue.h"
#include "runtime/clock.h"

namespace vote::load {

/// How often is looked whether the queue is drained, and the API shows what the store counts.
inline constexpr Duration kLookAgain = std::chrono::milliseconds(20);
/// How long an API may show older counts than the store's, or call them not final, when nothing is
/// on its way any more.
inline constexpr Duration kShownTimeMax = std::chrono::seconds(5);

/// The queue holds what the store has not processed, and that does not change in time.
class NotDrained : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whom the judge asks.
struct Witnesses {
  OpenEvidence evidence;
  std::function<std::unique_ptr<Queue>()> queue;
  /// What the APIs show of a poll now. Throws std::runtime_error where one does not say.
  std::function<std::vector<ShownBy>(const Target& poll)> shown;
};

enum class Verdict {
  clean,
  inconclusive,  // nothing is known to be wrong, but evidence is missing
  violated
};
std::string_view name(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::clean;
  std::vector<std::string> journals;
  std::uint64_t lines = 0;
  std::uint64_t tries = 0;
  std::uint64_t reads = 0;
  Ends ends;
  Findings findings;
  Missing missing;
};

/// Waits, `wait` at most, until the store has processed what the queue holds; then judges. Throws
/// NotDrained, JournalError, and what evidence and queue throw.
Judgement judge(const std::vector<std::string>& journals, const Witnesses& witnesses,
                const Clock& clock, Duration wait);

}  // namespace vote::load
