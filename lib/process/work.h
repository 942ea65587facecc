#pragma once
// A message on its way through a batch. Internal to process/.
#include <string>

#include "process/worker.h"

namespace vote {

struct Worker::Work {
  /// As the message says: a vote to record, a closing message, or a dead letter.
  static Work of(Delivered message);
  /// As it goes round again, with its count of rounds and its first stamp.
  Message another_round() const;
  /// With the reason and where it came from.
  Message dead_letter(const std::string& topic) const;
  /// The same without the sender's headers and with so many bytes of the value; what a decision
  /// about it needs of the rest is in headers.
  Message cut_dead_letter(const std::string& topic, std::size_t value_bytes) const;

  Delivered delivered;
  CastVote vote;              // of a closing message its poll alone
  Time stamp;                 // of its first copy
  std::uint32_t retries = 0;  // rounds it has made so far
  enum class Fate { record, copy, done, retry, dead, close } fate = Fate::record;
  std::string reason;  // of a retry or a dead letter
  DeathCause cause = DeathCause::store_refused;
  RecordOutcome outcome;

 private:
  void note_death(Headers& headers, const std::string& topic) const;
};

}  // namespace vote
