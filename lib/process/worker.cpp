#include "process/worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "log/log.h"
#include "process/work.h"
#include "runtime/blocking.h"

namespace vote {
namespace {

constexpr Duration kIdleWait = std::chrono::milliseconds(200);
constexpr Duration kStandByWait = std::chrono::milliseconds(500);
constexpr Duration kLookInterval = std::chrono::seconds(1);
constexpr Duration kBackOffFirst = std::chrono::milliseconds(50);
constexpr Duration kBackOffMost = std::chrono::seconds(5);
constexpr Duration kMarkGraceAfterEnd = std::chrono::hours(1);
constexpr std::size_t kCutLetterBytes = 65'536;  // the first try; less where that is too much too

}  // namespace

WorkerState Worker::state() const {
  WorkerState state{partitions_read_, store_answers_, queue_answers_, std::nullopt};
  if (const std::int64_t oldest_us = oldest_us_; oldest_us != kNoneWaits)
    state.oldest = time_of(oldest_us);
  return state;
}

Worker::Worker(Store& store, Queue& queue, Cache& cache, const Clock& clock,
               WorkerSettings settings)
    : store_(store), queue_(queue), cache_(cache), clock_(clock), settings_(std::move(settings)) {}
Worker::~Worker() = default;

/// Calls until the part answers anything but `unavailable`; its trouble is not the message's fault.
template <class T, class Call>
T Worker::until_it_answers(std::string_view part, Call call) {
  BackOff back_off(kBackOffFirst, kBackOffMost);
  std::atomic<bool>& answers = part == "store" ? store_answers_ : queue_answers_;
  for (bool said = false;; said = true) {
    T answer = call();
    answers = answer || answer.error().code != Code::unavailable;
    if (answers) {
      if (said) log::info("part_answers_again", {{"part", part}});
      return answer;
    }
    recent_.clear();
    if (!said)
      log::warn("part_does_not_answer", {{"part", part}, {"reason", for_operator(answer.error())}});
    if (stop_->wait(back_off.next())) throw Stopped{};
  }
}

void Worker::run(Stop& stop, bool once) {
  stop_ = &stop;
  consumer_ = queue_.consumer();
  const std::unique_ptr<Worker, decltype([](Worker* worker) { worker->leave(); })> leaving(this);
  try {
    while (!stop.requested()) {
      if (!join(partitions_.empty() ? kStandByWait : Duration(0))) {
        if (once && is_drained()) break;
        continue;
      }
      if (is_moved()) continue;
      std::vector<Work> batch = take();
      if (!batch.empty())
        process(std::move(batch));
      else if (once && !positions_.empty() && is_drained())
        break;
    }
  } catch (const Stopped&) {
    log::info("stopped_while_waiting");
  }
}

void Worker::leave() {
  ahead_.reset();
  consumer_.reset();
  partitions_.clear();
  partitions_read_ = 0;
  positions_.clear();
}

/// True where this member reads; then positions_ say from where.
bool Worker::join(Duration wait) {
  auto assigned = until_it_answers<Result<std::optional<std::vector<std::int32_t>>>>(
      "queue", [&] { return consumer_->assignment(wait); });
  if (!assigned)
    throw std::runtime_error("cannot join the workers: " + for_operator(assigned.error()));
  if (*assigned) {
    ahead_.reset();
    partitions_ = std::move(**assigned);
    partitions_read_ = partitions_.size();
    if (partitions_.empty()) oldest_us_ = kNoneWaits;
    positions_.clear();
  }
  if (!partitions_.empty() && positions_.empty()) look_up_positions();
  return !partitions_.empty();
}

std::vector<Position> Worker::stored_positions() {
  auto stored = until_it_answers<Result<std::vector<Position>>>("store", [&] {
    return wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store_.positions(settings_.topic, std::move(done)); });
  });
  if (!stored) throw std::runtime_error("cannot read positions: " + for_operator(stored.error()));
  return std::move(*stored);
}

void Worker::look_up_positions() {
  ahead_.reset();
  recent_.clear();
  next_look_ = clock_.elapsed() + kLookInterval;
  const std::vector<Position> stored = stored_positions();
  for (const std::int32_t partition : partitions_) {
    const auto known = std::find_if(stored.begin(), stored.end(), [&](const Position& position) {
      return position.partition == partition;
    });
    positions_.push_back(
        known != stored.end() ? *known : Position{settings_.topic, partition, 0, std::nullopt, 0});
  }
  const auto sought =
      until_it_answers<Result<Done>>("queue", [&] { return consumer_->seek(positions_); });
  if (!sought) throw PositionLost(sought.error().detail);
}

/// Once in kLookInterval: whether the store's positions are others than this worker left there. A
/// batch would find that out for its own partitions alone, and where nothing comes there is none.
bool Worker::is_moved() {
  if (positions_.empty() || clock_.elapsed() < next_look_) return false;
  next_look_ = clock_.elapsed() + kLookInterval;
  const std::vector<Position> stored = stored_positions();
  const bool stands = std::all_of(positions_.begin(), positions_.end(), [&](const Position& mine) {
    const auto known = std::find_if(stored.begin(), stored.end(), [&](const Position& each) {
      return each.partition == mine.partition;
    });
    if (known == stored.end()) return mine.next_offset == 0;
    return known->next_offset == mine.next_offset && known->last_digest == mine.last_digest;
  });
  if (!stands) forget_positions();
  return !stands;
}

/// Another worker was here, or the store was set back: they are to be looked up again.
void Worker::forget_positions() {
  log::warn("positions_moved", {{"topic", settings_.topic}});
  positions_.clear();
}

/// Whether the store has all that the queue holds at this moment, whoever read it: that nothing
/// came may mean that the brokers are slow.
bool Worker::is_drained() {
  const auto status = until_it_answers<Result<QueueStatus>>("queue", [&] {
    return wait_for<Result<QueueStatus>>([&](auto done) { queue_.status(std::move(done)); });
  });
  if (!status) throw std::runtime_error("cannot read the queue: " + for_operator(status.error()));
  return covers(stored_positions(), *status);
}

/// Up to batch_size messages; what comes within batch_wait of the first shares its transaction.
/// Where the queue does not answer, nothing, and the positions are to be sought again.
std::vector<Worker::Work> Worker::take() {
  auto taken = ahead_ ? std::move(*ahead_) : std::vector<Work>();
  ahead_.reset();
  if (taken && taken->empty()) taken = take(settings_.batch_size, kIdleWait);
  if (!taken) return lose_place(taken.error());
  if (taken->empty() || taken->size() >= settings_.batch_size) return hand_over(std::move(*taken));
  stop_->wait(settings_.batch_wait);
  auto more = take(settings_.batch_size - taken->size(), Duration(0));
  if (!more) return lose_place(more.error());
  std::move(more->begin(), more->end(), std::back_inserter(*taken));
  return hand_over(std::move(*taken));
}

Result<std::vector<Worker::Work>> Worker::take(std::size_t max, Duration wait) {
  auto taken = consumer_->take(max, wait);
  if (!taken) return taken.error();
  std::vector<Work> batch;
  batch.reserve(taken->size());
  for (Delivered& delivered : *taken) batch.push_back(Work::of(std::move(delivered)));
  return batch;
}

/// While the store records a batch: what is there already of the next one.
void Worker::read_ahead() {
  if (!ahead_ && !stop_->requested()) ahead_ = take(settings_.batch_size, Duration(0));
}

/// Notes since when they wait.
std::vector<Worker::Work> Worker::hand_over(std::vector<Work> batch) {
  queue_answers_ = true;
  const auto oldest =
      std::min_element(batch.begin(), batch.end(), [](const Work& left, const Work& right) {
        return left.delivered.stamp < right.delivered.stamp;
      });
  oldest_us_ = oldest == batch.end() ? kNoneWaits : microseconds_of(oldest->delivered.stamp);
  return batch;
}

std::vector<Worker::Work> Worker::lose_place(const Error& error) {
  if (error.code != Code::unavailable) throw PositionLost(error.detail);
  queue_answers_ = false;
  log::warn("part_does_not_answer", {{"part", "queue"}, {"reason", for_operator(error)}});
  positions_.clear();
  stop_->wait(kBackOffFirst);
  return {};
}

std::vector<Batch::Move> Worker::moves_of(const std::vector<Work>& batch) const {
  std::vector<Batch::Move> moves;
  for (const Position& position : positions_) {
    const auto last = std::find_if(batch.rbegin(), batch.rend(), [&](const Work& work) {
      return work.delivered.partition == position.partition;
    });
    if (last == batch.rend()) continue;
    const Delivered& delivered = last->delivered;
    moves.push_back({position.next_offset,
                     {settings_.topic, position.partition, delivered.offset + 1, delivered.stamp,
                      message_digest(delivered.message.value)}});
  }
  return moves;
}

/// What the positions pass with this batch, besides its votes.
Batch Worker::passing(const std::vector<Work>& batch, const std::vector<Batch::Move>& moves) const {
  Batch passing;
  passing.moves = moves;
  for (const Work& work : batch) {
    const Delivered& delivered = work.delivered;
    if (work.fate == Work::Fate::close)
      passing.closings.push_back(
          {work.vote.poll, settings_.topic, delivered.partition, delivered.stamp});
    if (work.fate != Work::Fate::retry && work.fate != Work::Fate::dead) continue;
    const MessageIds ids = ids_of_message(delivered.message.value);
    if (!ids.poll) continue;
    passing.undecided.push_back({*ids.poll, message_digest(delivered.message.value), ids.voter,
                                 ids.request, work.stamp,
                                 work.fate == Work::Fate::retry ? UndecidedVote::State::retry
                                                                : UndecidedVote::State::dead_letter,
                                 work.reason});
  }
  return passing;
}

void Worker::process(std::vector<Work> batch) {
  const Duration began = clock_.elapsed();
  totals_.taken += batch.size();
  totals_.batch_messages.note(batch.size());
  const std::vector<Batch::Move> moves = moves_of(batch);
  for (Work& work : batch)
    if (work.fate == Work::Fate::record && recent_.contains(work.vote))
      work.fate = Work::Fate::copy;
  if (!record_all(batch, moves)) {
    forget_positions();
    return;
  }
  for (const Batch::Move& move : moves)
    for (Position& position : positions_)
      if (position.partition == move.to.partition) position = move.to;
  if (const auto committed = consumer_->commit(positions_); !committed)
    log::debug("commit_not_noted", {{"reason", for_operator(committed.error())}});
  for (const Work& work : batch)
    if (work.fate == Work::Fate::close) ++totals_.closings;
  if (log::enabled(log::Level::debug)) say(batch, clock_.elapsed() - began);
}

std::string_view Worker::outcome_of(const Work& work) {
  switch (work.fate) {
    case Work::Fate::copy:
      return name(Recorded::same);
    case Work::Fate::retry:
      return "retried";
    case Work::Fate::dead:
      return "dead_letter";
    default:
      return name(work.outcome.outcome);
  }
}

void Worker::say(const std::vector<Work>& batch, Duration took) const {
  const double took_ms = std::chrono::duration<double, std::milli>(took).count();
  for (const Work& work : batch) {
    if (work.fate == Work::Fate::close || work.cause == DeathCause::malformed) continue;
    const bool known = work.fate == Work::Fate::copy;
    const bool same = known || work.outcome.outcome == Recorded::same;
    log::debug("vote_processed", {{"poll_id", work.vote.poll.text()},
                                  {"user_id", work.vote.voter.text()},
                                  {"request_id", work.vote.request.text()},
                                  {"processing_time_ms", took_ms},
                                  {"was_duplicate", same},
                                  {"cache_hit", known},
                                  {"outcome", outcome_of(work)}});
  }
  log::debug("batch_processed", {{"messages", batch.size()}, {"processing_time_ms", took_ms}});
}

/// True once everything of the batch is recorded, a copy, on another round or a dead letter, and
/// the positions have moved; false where they did not stand where the batch began.
bool Worker::record_all(std::vector<Work>& batch, const std::vector<Batch::Move>& moves) {
  std::vector<Work*> votes;
  bool clean = true;
  for (Work& work : batch) {
    if (work.fate == Work::Fate::record) votes.push_back(&work);
    if (work.fate == Work::Fate::copy) ++totals_.copies;
    clean = clean && work.fate != Work::Fate::dead;
  }
  Batch fence;
  fence.moves = moves;
  for (Batch::Move& move : fence.moves)
    for (const Position& position : positions_)
      if (position.partition == move.to.partition) move.to = position;
  const auto report = record(votes, clean ? passing(batch, moves) : fence);
  bool moved = false;
  if (!report) {
    if (!record_alone(votes, fence)) return false;
  } else if ((*report)->positions_moved) {
    return false;
  } else {
    apply(votes, **report);
    moved = clean && !(*report)->moves_held;
  }
  for (Work& work : batch) {
    if (work.fate == Work::Fate::retry && !send_round(work)) work.fate = Work::Fate::dead;
    if (work.fate == Work::Fate::dead) bury(work);
  }
  if (moved) return true;
  return pass(batch, moves);
}

/// Retries and dead letters are acknowledged: now the positions may pass them, in a transaction
/// that holds the batch's votes, for the store may have been set back since it recorded them.
bool Worker::pass(std::vector<Work>& batch, const std::vector<Batch::Move>& moves) {
  std::vector<Work*> votes;
  for (Work& work : batch)
    if (work.fate == Work::Fate::done) votes.push_back(&work);
  const Batch passed = passing(batch, moves);
  auto report = record(votes, passed);
  if (!report && !votes.empty()) report = record({}, passed);  // only halves of it were taken
  if (!report) throw std::runtime_error("the store refuses to move the queue's positions");
  for (const PollCounts& counts : (*report)->counts) cache_.put(counts);
  return !(*report)->positions_moved && !(*report)->moves_held;
}

/// Nothing where the store refuses the data of the batch.
std::optional<Result<BatchReport>> Worker::record(std::span<Work*> votes, const Batch& passing) {
  auto report = until_it_answers<Result<BatchReport>>("store", [&] {
    Batch batch = passing;
    batch.note_superseded = true;
    batch.votes.reserve(votes.size());
    for (const Work* work : votes) batch.votes.push_back({work->vote, work->stamp});
    const Duration began = clock_.elapsed();
    auto answer = wait_for<Result<BatchReport>>(
        [&](auto done) { store_.record(std::move(batch), std::move(done)); },
        [this] { read_ahead(); });
    totals_.record_took.note(clock_.elapsed() - began);
    return answer;
  });
  if (report) return report;
  log::warn("batch_refused", {{"votes", votes.size()}, {"reason", for_operator(report.error())}});
  if (votes.size() == 1) votes.front()->reason = "store_refused: " + for_operator(report.error());
  return std::nullopt;
}

/// Halves a batch that the store refuses until the culprit is alone. False: positions have moved.
bool Worker::record_alone(std::span<Work*> votes, const Batch& fence) {
  if (votes.size() <= 1) {
    for (Work* work : votes)
      work->fate = work->retries < settings_.max_retries ? Work::Fate::retry : Work::Fate::dead;
    return true;
  }
  const std::size_t half = votes.size() / 2;
  for (const std::span<Work*> part : {votes.first(half), votes.subspan(half)}) {
    const auto report = record(part, fence);
    if (!report) {
      if (!record_alone(part, fence)) return false;
    } else if ((*report)->positions_moved) {
      return false;
    } else {
      apply(part, **report);
    }
  }
  return true;
}

void Worker::apply(std::span<Work*> votes, const BatchReport& report) {
  std::vector<Confirmation> confirmations;
  confirmations.reserve(votes.size());
  const Poll* poll = nullptr;
  const Time now = clock_.now();
  for (std::size_t i = 0; i < votes.size(); ++i) {
    Work& work = *votes[i];
    work.outcome = report.outcomes[i];
    if (is_refusal(work.outcome.outcome)) {
      work.fate = Work::Fate::dead;
      work.reason = name(work.outcome.outcome);
      work.cause = cause_of(work.outcome.outcome);
      continue;
    }
    work.fate = Work::Fate::done;
    switch (work.outcome.outcome) {
      case Recorded::recorded:
        ++totals_.recorded;
        totals_.delay.note(now - work.stamp);
        break;
      case Recorded::same:
        ++totals_.copies;
        break;
      default:
        ++totals_.superseded;
        break;
    }
    recent_.add(work.vote);
    if (poll == nullptr || poll->id != work.vote.poll) {
      const auto found = std::find_if(report.polls.begin(), report.polls.end(),
                                      [&](const Poll& p) { return p.id == work.vote.poll; });
      poll = found == report.polls.end() ? nullptr : &*found;
    }
    if (poll == nullptr) continue;
    confirmations.push_back(
        {work.vote.poll,
         work.vote.voter,
         {MarkState::confirmed, work.outcome.standing, work.outcome.standing_digest},
         poll->end_time + kMarkGraceAfterEnd});
  }
  cache_.confirm(std::move(confirmations));
  for (const PollCounts& counts : report.counts) cache_.put(counts);
}

/// Appends it again, with its count of rounds and its first stamp; returns once that is safe.
/// False: it is too long for that.
bool Worker::send_round(Work& work) {
  const Message message = work.another_round();
  const auto sent = until_it_answers<Result<Done>>("queue", [&]() -> Result<Done> {
    const auto result =
        wait_for<AppendResult>([&](auto done) { queue_.append(message, std::move(done)); });
    if (const auto* failure = std::get_if<AppendFailure>(&result))
      return Error{failure->is_too_long ? Code::too_large : Code::unavailable, failure->detail};
    return Done{};
  });
  if (!sent) return false;
  ++totals_.retried;
  log::warn("vote_retried", {{"request_id", work.vote.request.text()},
                             {"retries", work.retries + 1},
                             {"reason", work.reason}});
  return true;
}

/// Puts it to the dead letters, with the reason and where it came from; returns once that is safe.
/// Of what is too long for the queue, as much as it takes: nothing behind it waits for ever.
void Worker::bury(Work& work) {
  const auto add = [this](const Message& message) {
    return until_it_answers<Result<Done>>("queue", [&] {
      return wait_for<Result<Done>>(
          [&](auto done) { queue_.add_dead_letter(message, std::move(done)); });
    });
  };
  auto added = add(work.dead_letter(settings_.topic));
  for (std::size_t bytes = kCutLetterBytes; bytes > 0; bytes /= 2) {
    if (added || added.error().code != Code::too_large) break;
    added = add(work.cut_dead_letter(settings_.topic, bytes));
  }
  if (!added)
    throw std::runtime_error("the queue refuses a dead letter: " + for_operator(added.error()));
  ++totals_.dead_letters;
  ++totals_.deaths.at(static_cast<std::size_t>(work.cause));
  log::warn("dead_letter", {{"partition", work.delivered.partition},
                            {"offset", work.delivered.offset},
                            {"reason", work.reason}});
}

}  // namespace vote
