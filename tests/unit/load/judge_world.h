#pragma once
// A journal written line by line and a store held in memory, so that a test says only what is odd.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "decorators/queue.h"
#include "load/judge/judge.h"
#include "queue/none/no_queue.h"
#include "runtime/random.h"
#include "world/files.h"

namespace vote::load {

/// What a store would say; tests edit it.
struct FakeStore {
  struct Ballot {
    UserId voter;
    RequestId request;
    std::string choices;
    std::string cast_choices;
    std::uint32_t revision = 0;
  };
  struct Entry {
    std::string action, old_choices, new_choices;
    std::int64_t entries = 1;
  };
  StoredPoll poll;
  std::vector<Ballot> ballots;
  std::vector<Entry> audit;
};

class FakeEvidence final : public Evidence {
 public:
  explicit FakeEvidence(const FakeStore& store) : store_(store) {}
  std::optional<StoredPoll> poll(PollId /*poll*/) override { return store_.poll; }
  void ballots(PollId /*poll*/, const std::function<void(const StoredBallot&)>& take) override {
    auto sorted = store_.ballots;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& one, const auto& other) { return one.voter < other.voter; });
    for (const auto& ballot : sorted)
      take({ballot.voter, ballot.request, ballot.choices, ballot.cast_choices, ballot.revision});
  }
  void audit(PollId /*poll*/, const std::function<void(const AuditSum&)>& take) override {
    for (const auto& entry : store_.audit)
      take({entry.action, entry.old_choices, entry.new_choices, entry.entries});
  }
  std::vector<Position> positions(const std::string& /*topic*/) override { return {}; }

 private:
  const FakeStore& store_;
};

/// Its time passes whenever it is looked at, so that nobody waits.
class HurryingClock final : public Clock {
 public:
  Time now() const override { return SystemClock().now(); }
  Duration elapsed() const override { return std::chrono::seconds(++looks_); }

 private:
  mutable int looks_ = 0;
};

/// One poll with three options. `vote` sends, answers and counts; the rest plants what is odd.
class JudgeTest : public testing::Test {
 protected:
  static constexpr std::size_t kOptions = 3;

  JudgeTest() {
    poll_.poll = fresh_id<PollId>(clock_);
    for (std::size_t i = 0; i < kOptions; ++i) {
      poll_.options.push_back(fresh_id<OptionId>(clock_));
      store_.poll.counters[i + 1] = 0;
    }
    store_.poll.options = poll_.options;
    lines_ = line_of(JournalHeader{fresh_uuid(clock_), clock_.now(), {}, 7, {poll_}});
  }

  /// A line of its own, with its end.
  void write(const std::string& line) { lines_ += line + "\n"; }
  std::uint64_t send(const Send& sent) {
    Send one = sent;
    one.number = sends_++;
    append_line(lines_, one);
    return one.number;
  }
  void answer(std::uint64_t number, unsigned status, std::string_view code = "") {
    append_line(lines_, Answer{number, {}, status, code});
    ++answers_;
  }
  Send cast(std::uint16_t option) {
    return {0, {}, Kind::cast, 0, fresh_id<UserId>(clock_), fresh_id<RequestId>(clock_), {option}};
  }
  Send same_voter(const Send& other, Kind kind, Positions options) {
    Send sent = other;
    sent.kind = kind;
    sent.key = fresh_id<RequestId>(clock_);
    sent.options = std::move(options);
    return sent;
  }
  /// In the store with all that belongs to it.
  void count(const Send& sent) {
    const std::string choice = "[" + std::to_string(sent.options.at(0)) + "]";
    store_.ballots.push_back({sent.voter, sent.key, choice, choice, 0});
    store_.audit.push_back({"cast", "", choice});
    ++store_.poll.counters[sent.options.at(0)];
    ++store_.poll.total;
  }
  /// As the audit log has a request that gave way.
  void note_superseded(const Send& sent) {
    store_.audit.push_back({"superseded", "", "[" + std::to_string(sent.options.at(0)) + "]"});
  }
  Send vote(std::uint16_t option, unsigned status) {
    const Send sent = cast(option);
    answer(send(sent), status);
    count(sent);
    return sent;
  }
  void read(std::uint64_t connection, const Shown& shown) {
    append_line(lines_, Read{0, {}, connection, 200, {}, shown});
  }

  std::string save(bool with_end = true) {
    const std::string path = folder_.file("journal.ndjson");
    std::ofstream(path) << lines_ << (with_end ? end_line({}, sends_, answers_) : "");
    return path;
  }
  Judgement judged(bool with_end = true) {
    Shown shown;
    for (const auto& [position, count] : shown_.value_or(store_.poll).counters)
      shown.votes.push_back(static_cast<std::uint64_t>(count));
    shown.total = static_cast<std::uint64_t>(shown_.value_or(store_.poll).total);
    shown.is_final = shown_.value_or(store_.poll).is_final;
    const Witnesses witnesses{
        [this] { return std::make_unique<FakeEvidence>(store_); },
        [this] { return std::make_unique<test::FaultyQueue>(static_cast<Queue&>(queue_)); },
        [shown](const Target&) {
          return std::vector<ShownBy>{{"http://a.test", shown}};
        }};
    return judge({save(with_end)}, witnesses, clock_, wait_);
  }
  /// Accepted requests that gave way to another one, and nothing else.
  void expect_superseded(std::uint64_t requests) {
    const Judgement judgement = judged();
    EXPECT_EQ(judgement.verdict, Verdict::clean);
    EXPECT_EQ(judgement.ends.superseded, requests);
  }
  /// The one finding, which is of this promise.
  std::string the_finding(unsigned promise) {
    const Judgement judgement = judged();
    EXPECT_EQ(judgement.verdict, Verdict::violated);
    std::string all;
    for (const Finding& finding : judgement.findings.kept()) all += finding.what + "\n";
    EXPECT_EQ(judgement.findings.count(promise), 1U) << all;
    EXPECT_EQ(judgement.findings.count(), 1U) << all;
    return all;
  }

  HurryingClock clock_;
  NoQueue none_;
  test::FaultyQueue queue_{none_};
  Duration wait_ = std::chrono::seconds(60);  // for what the queue holds
  Target poll_;
  FakeStore store_;
  std::optional<StoredPoll> shown_;  // by the API, where that is not what the store counts
  std::string lines_;
  std::uint64_t sends_ = 0, answers_ = 0;
  test::Folder folder_;
};

}  // namespace vote::load
