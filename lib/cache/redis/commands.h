#pragma once
// The commands behind the verbs of the cache port. Internal to cache/redis/.
#include <boost/container/static_vector.hpp>
#include <functional>
#include <memory>
#include <mutex>
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

/// Mark and stands: what the key held, which is what they are answered with.
class ReadMark : public Command {
 public:
  ReadMark(std::string key, Completion<Mark> done) : key_(std::move(key)), done_(std::move(done)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView reply) override;

 protected:
  const std::string& key() const { return key_; }

 private:
  std::string key_;
  Completion<Mark> done_;
};

class SetMark final : public ReadMark {
 public:
  SetMark(std::string key, const Mark& mark, Duration lease, Completion<Mark> done);
  void write(std::string& out, const ScriptCall& script) const override;

 private:
  std::string mark_;
  Duration lease_;
};

/// Marks that become queued, gathered from concurrent requests until they are on their way: the
/// script is called once for all of them. Thread-safe.
class QueuedMarks {
 public:
  struct Entry {
    std::string key;
    RequestId request;
    std::uint64_t digest = 0;
    Duration keep{};
  };
  static constexpr std::size_t kMost = 500;

  /// False: they are on their way, or too many.
  bool add(const Entry& entry);
  /// From now on nothing is added.
  const std::vector<Entry>& close();

 private:
  std::mutex mutex_;
  std::vector<Entry> entries_;
  bool closed_ = false;
};

class QueueMarks final : public Command {
 public:
  explicit QueueMarks(std::shared_ptr<QueuedMarks> marks) : marks_(std::move(marks)) {}
  void write(std::string& out, const ScriptCall& script) const override;
  void answer(ReplyView /*reply*/) override { marks_->close(); }

 private:
  std::shared_ptr<QueuedMarks> marks_;
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
