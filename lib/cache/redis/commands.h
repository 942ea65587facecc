#pragma once
// The commands behind the verbs of the cache port. Internal to cache/redis/.
#include <boost/container/static_vector.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/cache.h"
#include "cache/redis/command.h"
#include "cache/redis/texts.h"

namespace vote::redis {

/// Redis takes whole milliseconds, and at least one.
std::string milliseconds_text(Duration duration);

/// A vote whose append was acknowledged.
struct QueuedMark {
  PollId poll;
  UserId voter;
  RequestId request;
  std::uint64_t digest = 0;
  Time until;
};

/// Marks that have become queued here, and not yet in Redis (queued_marks.h).
class AheadOfRedis {
 public:
  virtual ~AheadOfRedis() = default;
  virtual bool holds(PollId poll, UserId voter, RequestId request) = 0;
};

/// Mark and stands: what stood, which is what they are answered with.
class ReadMark : public Command {
 public:
  ReadMark(const Keys& keys, AheadOfRedis& ahead, PollId poll, UserId voter, Completion<Mark> done)
      : keys_(keys), ahead_(ahead), poll_(poll), voter_(voter), done_(std::move(done)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 protected:
  std::string key() const { return keys_.mark(poll_, voter_); }

 private:
  const Keys& keys_;
  AheadOfRedis& ahead_;
  PollId poll_;
  UserId voter_;
  Completion<Mark> done_;
};

class SetMark final : public ReadMark {
 public:
  SetMark(const Keys& keys, AheadOfRedis& ahead, PollId poll, UserId voter, const Mark& mark,
          Duration lease, Completion<Mark> done)
      : ReadMark(keys, ahead, poll, voter, std::move(done)), mark_(mark), lease_(lease) {}
  void write(std::string& out, const ScriptCall& script) const override;

 private:
  Mark mark_;
  Duration lease_;
};

/// Of some marks those that nobody has confirmed yet.
class FindUnconfirmed final : public Command {
 public:
  /// `looked` is false where Redis does not say: then it is all of them.
  using Found = std::function<void(std::vector<QueuedMark> unconfirmed, bool looked)>;
  FindUnconfirmed(const Keys& keys, std::vector<QueuedMark> marks, Found found)
      : keys_(keys), marks_(std::move(marks)), found_(std::move(found)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 private:
  const Keys& keys_;
  std::vector<QueuedMark> marks_;
  Found found_;
};

/// They become queued, in one call of a script; twice is as once.
class QueueMarks final : public Command {
 public:
  /// All of them, where Redis does not say that they are.
  using Unsaid = std::function<void(std::vector<QueuedMark> marks)>;
  QueueMarks(const Keys& keys, std::vector<QueuedMark> marks, Time now, Unsaid unsaid)
      : keys_(keys), marks_(std::move(marks)), now_(now), unsaid_(std::move(unsaid)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 private:
  const Keys& keys_;
  std::vector<QueuedMark> marks_;
  Time now_;
  Unsaid unsaid_;
};

/// Of that request and state.
class RemoveMark final : public Command {
 public:
  RemoveMark(std::string key, MarkState state, RequestId request)
      : key_(std::move(key)), state_(state), request_(request) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView /*reply*/) override {}

 private:
  std::string key_;
  MarkState state_;
  RequestId request_;
};

class ConfirmMarks final : public Command {
 public:
  struct Entry {
    std::string key;
    Mark mark;
    Duration keep{};
  };
  explicit ConfirmMarks(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  std::size_t replies() const override { return entries_.size(); }
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView /*reply*/) override {}

 private:
  std::vector<Entry> entries_;
};

class PutCounts final : public Command {
 public:
  /// `ended(true)`: they are there, or newer ones are.
  using Ended = std::function<void(const PollCounts& counts, bool stored)>;
  PutCounts(const Keys& keys, PollCounts counts, Duration keep, Ended ended);
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override { ended_(counts_, static_cast<bool>(reply)); }

 private:
  std::string key_;
  std::string channel_;
  PollCounts counts_;
  Duration keep_;
  Ended ended_;
};

class GetCounts final : public Command {
 public:
  GetCounts(std::string key, PollId poll, Completion<std::optional<PollCounts>> done)
      : key_(std::move(key)), poll_(poll), done_(std::move(done)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 private:
  std::string key_;
  PollId poll_;
  Completion<std::optional<PollCounts>> done_;
};

using Takes = boost::container::static_vector<Take, kTakesMax>;
using Verdict = std::optional<Denial>;

class Allow final : public Command {
 public:
  /// `instead` decides where Redis does not.
  using Instead = std::function<Verdict(const Takes&)>;
  Allow(const Keys& keys, Takes takes, Instead instead, Completion<Verdict> done)
      : keys_(keys),
        takes_(std::move(takes)),
        instead_(std::move(instead)),
        done_(std::move(done)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 private:
  const Keys& keys_;
  Takes takes_;
  Instead instead_;
  Completion<Verdict> done_;
};

}  // namespace vote::redis
