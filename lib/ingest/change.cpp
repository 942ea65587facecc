// One change or revocation: the store decides, after the voter's cast has been processed.
#include <algorithm>

#include "ingest/parts.h"

namespace vote {

class Ballots::Change : public std::enable_shared_from_this<Change> {
 public:
  Change(std::shared_ptr<Parts> parts, CastVote vote, Completion<Result<ChangeReport>> done)
      : parts_(std::move(parts)),
        vote_(std::move(vote)),
        done_(std::move(done)),
        wait_until_(parts_->clock.elapsed() + kChangeWaitMax) {}

  void attempt(Duration pause) {
    parts_->store.change({vote_}, [self = shared_from_this(), pause](Result<ChangeReport> report) {
      if (report) self->parts_->cache.put(report->counts);
      if (report || report.error().code != Code::vote_pending)
        return self->done_(std::move(report));
      self->await_cast(pause);
    });
  }

 private:
  void await_cast(Duration pause) {
    if (parts_->clock.elapsed() >= wait_until_) return give_up();
    parts_->timers.after(pause, [self = shared_from_this(), pause] {
      self->attempt(std::min(pause * 2, kVerdictPollInterval * 16));
    });
  }

  /// "No vote" is said only where the queue holds none: a mark may have been lost, or be another
  /// process's.
  void give_up() {
    parts_->cache.stands(vote_.poll, vote_.voter, [self = shared_from_this()](const Mark& mark) {
      if (mark.state != MarkState::none) return self->refuse_pending();
      const Time before = self->parts_->polls.store_now() - Duration(1);
      self->parts_->has_processed(before, [self](bool processed) {
        if (!processed) return self->refuse_pending();
        self->look_again();
      });
    });
  }

  void look_again() {
    using Looked = Result<std::optional<StandingVote>>;
    parts_->store.vote_of(
        vote_.poll, vote_.voter, [self = shared_from_this()](const Looked& looked) {
          if (!looked || *looked) return self->refuse_pending();
          self->refuse(Code::no_vote, "no vote of yours is known: cast one first");
        });
  }

  void refuse_pending() { refuse(Code::vote_pending, "your vote is still on its way: try again"); }

  void refuse(Code code, std::string_view detail) { done_(Error{code, std::string(detail)}); }

  std::shared_ptr<Parts> parts_;
  CastVote vote_;
  Completion<Result<ChangeReport>> done_;
  Duration wait_until_;
};

void Ballots::change(const Identity& voter, CastVote vote, Completion<Result<ChangeReport>> done) {
  if (parts_->settings.require_verified_email && voter.role != Role::guest && !voter.verified)
    return done(Error{Code::email_not_verified, "voting needs a verified e-mail address"});
  std::sort(vote.options.begin(), vote.options.end());
  vote.accepted_at = parts_->polls.store_now();
  std::make_shared<Change>(parts_, std::move(vote), std::move(done))->attempt(kVerdictPollInterval);
}

}  // namespace vote
