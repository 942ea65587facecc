// One cast, step by step: mark, append, the store's path, and the wait for a verdict. Each step
// ends by starting the next or by answering; the object lives as long as a completion holds it.
#include <algorithm>

#include "ingest/parts.h"
#include "log/log.h"

namespace vote {

class Ballots::Cast : public std::enable_shared_from_this<Cast> {
 public:
  Cast(std::shared_ptr<Parts> parts, const Identity& voter, CastVote vote, CastTerms terms,
       Completion<Result<CastAnswer>> done)
      : parts_(std::move(parts)),
        voter_(voter),
        vote_(std::move(vote)),
        wait_(std::min(terms.wait, kPreferWaitMax)),
        first_try_(terms.first_try),
        done_(std::move(done)) {
    if (log::enabled(log::Level::debug)) began_ = parts_->clock.elapsed();
  }

  void start() {
    parts_->polls.get(vote_.poll, [self = shared_from_this()](Result<PollCopy> poll) {
      if (!poll) return self->finish(poll.error());
      self->poll_ = *poll;
      self->check();
    });
  }

 private:
  void check() {
    if (voter_.role == Role::guest && !poll_->settings.allow_anonymous)
      return refuse(Code::guests_not_allowed, "this poll takes no guests: log in to vote");
    if (parts_->settings.require_verified_email && voter_.role != Role::guest && !voter_.verified)
      return refuse(Code::email_not_verified, "voting needs a verified e-mail address");
    const PollStatus status = poll_->status_at(parts_->polls.store_now());
    if (status == PollStatus::closed) return look_up_after_the_end();
    if (status != PollStatus::active)
      return refuse(Code::poll_not_active, "the poll has not opened yet");
    if (auto error = check_choice(*poll_, vote_.options)) return finish(*error);
    std::sort(vote_.options.begin(), vote_.options.end());
    digest_ = digest_of(vote_.options);
    vote_.accepted_at = parts_->polls.store_now();
    mark();
  }

  /// A request that was cast in time still gets its answer; any other is refused.
  void look_up_after_the_end() {
    digest_ = digest_of(vote_.options);
    ask_store([](Cast& self, const Looked& looked) {
      if (!looked || !*looked) return self.look_up_mark(static_cast<bool>(looked));
      if ((*looked)->request == self.vote_.request) return self.settle(**looked);
      self.refuse(Code::poll_not_active, "the poll is closed");
    });
  }

  /// No ballot after the end, or no word from the store: the mark may tell that this very request
  /// is in the queue, or on its way there.
  void look_up_mark(bool store_answered) {
    parts_->cache.stands(
        vote_.poll, vote_.voter, [self = shared_from_this(), store_answered](Mark found) {
          const bool ours = found.state != MarkState::none &&
                            found.request == self->vote_.request && found.digest == self->digest_;
          if (ours && found.state == MarkState::queued)
            return self->unless_dropped(
                self->vote_.request, [](Cast& cast) { cast.acknowledged(); },
                [](Cast& cast) { cast.refuse_once_certain(poll_is_closed()); });
          if (ours && found.state == MarkState::confirmed)
            return self->unless_lost(
                [](Cast& cast) { cast.refuse_once_certain(poll_is_closed()); });
          if (!store_answered) return self->refuse_uncertain();
          self->refuse_once_certain(poll_is_closed());
        });
  }

  /// Refuses where no earlier try can be in the queue any more, or come to it in time (by a clock
  /// that is behind the store's), or come back from the dead letters.
  void refuse_once_certain(Error refusal) {
    if (first_try_ && !sent_) return finish(std::move(refusal));
    parts_->has_processed(poll_->in_time_until() + kClocksApartMax,
                          [self = shared_from_this(), refusal](bool processed) {
                            if (!processed) return self->refuse_uncertain();
                            self->refuse_if_decided(refusal);
                          });
  }

  /// Asked before the ballot: a vote leaves the undecided ones by becoming one.
  void refuse_if_decided(const Error& refusal) {
    parts_->store.trace_of(vote_.poll, vote_.voter, vote_.request,
                           [self = shared_from_this(), refusal](const Result<RequestTrace>& trace) {
                             if (!trace || trace->undecided) return self->refuse_uncertain();
                             self->refuse_unless_it_stands(refusal);
                           });
  }

  void refuse_unless_it_stands(const Error& refusal) {
    ask_store([refusal](Cast& cast, const Looked& looked) {
      if (!looked) return cast.refuse_uncertain();
      const bool ours = *looked && (*looked)->request == cast.vote_.request;
      if (ours) return cast.settle(**looked);
      cast.finish(refusal);
    });
  }

  void mark() {
    parts_->cache.mark(vote_.poll, vote_.voter, vote_.request, digest_, kMarkLease,
                       [self = shared_from_this()](Mark found) { self->marked(found); });
  }

  void marked(const Mark& found) {
    ++parts_->totals.marks[static_cast<std::size_t>(found.state)];
    found_mark_ = found.state != MarkState::none;
    if (found.state == MarkState::none) return append();
    const bool same_key = found.request == vote_.request;
    if (same_key && found.digest == digest_) return marked_before(found);
    // Another request's, also where it has this one's key: which of them stands, the store says.
    switch (found.state) {
      case MarkState::confirmed:
        return same_key ? refuse_reused_key() : refuse_already_voted(false);
      case MarkState::queued:
        return look_up_other(found.request);
      default:
        return refuse_in_progress();
    }
  }

  void marked_before(const Mark& found) {
    switch (found.state) {
      case MarkState::pending:
        sent_ = true;  // an earlier try may have sent it
        return append();
      case MarkState::queued:
        return unless_dropped(
            vote_.request, [](Cast& self) { self.acknowledged(); },
            [](Cast& self) { self.mark_in_place_of(self.vote_.request); });
      default:
        sent_ = true;
        return unless_lost([](Cast& self) { self.append(); });
    }
  }

  /// The mark says that this very request counts. The store may have been set back since it said
  /// so, and a mark that outlives a ballot is no acknowledgement of it. `lost`: or nobody can tell.
  template <class Lost>
  void unless_lost(Lost lost) {
    ask_store([lost](Cast& self, const Looked& looked) {
      looked && looked->has_value() ? self.settle(**looked) : lost(self);
    });
  }

  /// Another request is queued. A cache of this process alone never hears what the worker made of
  /// it, so the store is asked.
  void look_up_other(RequestId other) {
    ask_store([other](Cast& self, const Looked& looked) {
      if (looked && *looked) return self.settle(**looked);
      if (!looked) return self.refuse_in_progress();
      self.unless_dropped(
          other, [](Cast& cast) { cast.refuse_in_progress(); },
          [other](Cast& cast) { cast.mark_in_place_of(other); });
    });
  }

  /// Goes on with `next` while this request is on its way, as its queued mark says; with `dropped`
  /// where an operator has dropped it. Without the store's word the mark is right.
  template <class Next, class Dropped>
  void unless_dropped(RequestId queued, Next next, Dropped dropped) {
    parts_->store.trace_of(
        vote_.poll, vote_.voter, queued,
        [self = shared_from_this(), next, dropped](const Result<RequestTrace>& trace) {
          trace && trace->dropped ? dropped(*self) : next(*self);
        });
  }

  void mark_in_place_of(RequestId dropped) {
    parts_->cache.withdraw(vote_.poll, vote_.voter, dropped);
    mark();
  }

  void append() {
    // Without a lease no ack could be answered with 202; a queue out of reach gives none.
    if (!parts_->polls.lease_runs() || !parts_->takes_appends()) return record();
    handed_over_ = parts_->clock.elapsed();
    parts_->queue.append(
        {vote_.voter, to_message(vote_), {}},
        [self = shared_from_this()](AppendResult result) { self->appended(std::move(result)); });
  }

  void appended(AppendResult result) {
    parts_->totals.append_took.note(parts_->clock.elapsed() - handed_over_);
    parts_->note(result);
    if (const auto* failure = std::get_if<AppendFailure>(&result)) {
      sent_ = sent_ || failure->may_have_landed;
      return record();
    }
    sent_ = true;
    const Time stamp = std::get<Appended>(result).stamp;
    // Looked up before the copy: no cut-off of which that does not know yet is earlier.
    const Time now = parts_->polls.store_now();
    parts_->polls.get(vote_.poll, [self = shared_from_this(), stamp, now](Result<PollCopy> poll) {
      const bool in_time = poll && stamp <= (*poll)->certain_until();
      const bool sane = poll && stamp <= now + std::min(kClocksApartMax, (*poll)->grace);
      if (!in_time || !sane || !self->parts_->polls.lease_runs()) return self->record();
      self->parts_->cache.queued(self->vote_.poll, self->vote_.voter, self->vote_.request,
                                 self->digest_, self->mark_until());
      self->way_ = Way::queued;
      self->acknowledged();
    });
  }

  /// The store's path: the batch function that the worker uses.
  void record() {
    Batch batch;
    batch.votes.push_back({vote_, std::nullopt});
    handed_over_ = parts_->clock.elapsed();
    parts_->store.record(
        std::move(batch),
        [self = shared_from_this()](const Result<BatchReport>& report) { self->recorded(report); });
  }

  void recorded(const Result<BatchReport>& report) {
    parts_->totals.record_took.note(parts_->clock.elapsed() - handed_over_);
    if (!report) {
      parts_->cache.release(vote_.poll, vote_.voter, vote_.request);
      return refuse(
          Code::unavailable,
          "neither queue nor store took the vote: send it again with the same Idempotency-Key");
    }
    for (const PollCounts& counts : report->counts) parts_->cache.put(counts);
    const RecordOutcome& outcome = report->outcomes.front();
    switch (outcome.outcome) {
      case Recorded::recorded:
        way_ = Way::recorded;
        [[fallthrough]];
      case Recorded::same:
        return confirm(vote_.request, digest_), answer(true);
      case Recorded::superseded:
        return confirm(outcome.standing, outcome.standing_digest), refuse_already_voted(false);
      case Recorded::key_reused:
        return confirm(outcome.standing, outcome.standing_digest), refuse_reused_key();
      case Recorded::final:
        return refuse(Code::poll_final, "the results of this poll are final");
      default:
        break;
    }
    parts_->cache.release(vote_.poll, vote_.voter, vote_.request);
    // What was sent may still be counted, and then a refusal would have been a lie.
    if (sent_) return refuse_once_certain(poll_is_closed());
    if (outcome.outcome == Recorded::unknown_poll) return refuse(Code::not_found, "no such poll");
    if (outcome.outcome == Recorded::unknown_option)
      return refuse(Code::invalid_option, "the ballot names an option this poll has not");
    refuse_once_certain(poll_is_closed());
  }

  /// Safe in the queue. With "Prefer: wait" the store's verdict is awaited first.
  void acknowledged() {
    if (wait_ <= Duration(0)) return answer(false);
    wait_until_ = parts_->clock.elapsed() + wait_;
    await_verdict(kVerdictPollInterval);
  }

  void await_verdict(Duration pause) {
    parts_->timers.after(pause, [self = shared_from_this(), pause] {
      self->ask_store([pause](Cast& cast, const Looked& looked) {
        if (looked && *looked) return cast.settle(**looked);
        if (cast.parts_->clock.elapsed() >= cast.wait_until_) return cast.answer(false);
        cast.await_verdict(std::min(pause * 2, kVerdictPollInterval * 8));
      });
    });
  }

  using Looked = Result<std::optional<StandingVote>>;

  template <class Next>
  void ask_store(Next next) {
    parts_->store.vote_of(
        vote_.poll, vote_.voter,
        [self = shared_from_this(), next](const Looked& looked) { next(*self, looked); });
  }

  /// The store holds a ballot of this voter: whose it is decides.
  void settle(const StandingVote& standing) {
    confirm(standing.request, standing.cast_digest);
    if (standing.request != vote_.request) return refuse_already_voted(standing.options.empty());
    if (standing.cast_digest != digest_) return refuse_reused_key();
    answer(true);
  }

  Time mark_until() const { return poll_->end_time + kMarkGrace; }

  void confirm(RequestId standing, std::uint64_t digest) {
    parts_->cache.confirm(
        {{vote_.poll, vote_.voter, {MarkState::confirmed, standing, digest}, mark_until()}});
  }

  void answer(bool confirmed) { finish(CastAnswer{confirmed, vote_.request}); }
  void refuse(Code code, std::string_view detail) { finish(Error{code, std::string(detail)}); }

  void finish(Result<CastAnswer> result) {
    const Code* refused = result ? nullptr : &result.error().code;
    ++counter_of(refused);
    if (log::enabled(log::Level::debug)) say(refused);
    done_(std::move(result));
  }

  enum class Way { stood, queued, recorded };  // how it came to be safe
  static std::string_view name_of(Way way) {
    if (way == Way::stood) return "repeated";
    return way == Way::queued ? "queued" : "recorded";
  }

  metrics::Counter& counter_of(const Code* refused) {
    CastTotals& totals = parts_->totals;
    if (refused != nullptr) {
      if (is_duplicate(*refused)) return totals.duplicate;
      return *refused == Code::unavailable ? totals.unavailable : totals.refused;
    }
    if (way_ == Way::queued) return totals.queued;
    return way_ == Way::recorded ? totals.recorded : totals.repeated;
  }

  static bool is_duplicate(Code code) {
    return code == Code::already_voted || code == Code::vote_in_progress;
  }

  void say(const Code* refused) const {
    const auto took = std::chrono::duration<double, std::milli>(parts_->clock.elapsed() - began_);
    const bool was_duplicate = refused ? is_duplicate(*refused) : way_ == Way::stood;
    log::debug(refused ? "vote_refused" : "vote_accepted",
               {{"poll_id", vote_.poll.text()},
                {"user_id", vote_.voter.text()},
                {"request_id", vote_.request.text()},
                {"processing_time_ms", took.count()},
                {"was_duplicate", was_duplicate},
                {"cache_hit", found_mark_},
                {"outcome", refused ? name(*refused) : name_of(way_)}});
  }

  static Error poll_is_closed() { return {Code::poll_not_active, "the poll is closed"}; }
  void refuse_uncertain() {
    refuse(Code::unavailable,
           "not yet certain whether the vote counts: send it again with the same Idempotency-Key");
  }
  void refuse_already_voted(bool revoked) {
    refuse(Code::already_voted, revoked ? "you have revoked your vote in this poll: change it to "
                                          "vote again"
                                        : "you have already voted in this poll");
  }
  void refuse_reused_key() {
    refuse(Code::idempotency_key_reused,
           "this Idempotency-Key was used for another choice: use a fresh one for each vote");
  }
  void refuse_in_progress() {
    refuse(Code::vote_in_progress,
           "another vote of yours is on its way: ask again in a second which one stands");
  }

  std::shared_ptr<Parts> parts_;
  Identity voter_;
  CastVote vote_;
  Duration wait_;
  bool first_try_;
  Duration wait_until_{};
  Completion<Result<CastAnswer>> done_;
  PollCopy poll_;
  std::uint64_t digest_ = 0;
  bool sent_ = false;  // it may be in the queue, or get there
  bool found_mark_ = false;
  Way way_ = Way::stood;
  Duration handed_over_{};  // to queue or store
  Duration began_{};        // where it is logged
};

void Ballots::cast(const Identity& voter, CastVote vote, CastTerms terms,
                   Completion<Result<CastAnswer>> done) {
  std::make_shared<Cast>(parts_, voter, std::move(vote), terms, std::move(done))->start();
}

}  // namespace vote
