#include "api/scoreboard.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/json.h"
#include "vote/base64url.h"

namespace vote::api {
namespace {

/// Of what is sent, not by which numbers it was made: a store that was put back from a copy comes
/// to versions again that it had before, with other votes, and clients remember these.
std::string etag_of(const std::string& json) {
  constexpr std::size_t kBytesThatTell = 16;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(json.data()), json.size(), digest.data());
  return '"' + to_base64url(std::span(digest).first(kBytesThatTell)) + '"';
}

Scoreboard::Page made_page(const Poll& poll, PollStatus status, const PollCounts& counts) {
  ResultsPage page{"",     to_json(poll, status, counts), counts, poll.revision,
                   status, poll.final_at.has_value()};
  page.etag = etag_of(page.json);
  return std::make_shared<const ResultsPage>(std::move(page));
}

bool shows(const ResultsPage& page, const Poll& poll, PollStatus status, const PollCounts& counts) {
  return page.counts.version == counts.version && page.revision == poll.revision &&
         page.status == status;
}

}  // namespace

void Scoreboard::read(PollCopy poll, PollStatus status, Completion<Result<Page>> done) {
  const PollId id = poll->id;
  bool first = false;
  {
    const std::lock_guard lock(reading_mutex_);
    auto& reading = reading_[id];
    first = reading.now.empty();
    const bool is_late =
        !first && (poll->revision > reading.revision || last_expiry(id) > reading.expiries);
    auto& readers = is_late ? reading.late : reading.now;
    readers.push_back({std::move(poll), status, std::move(done)});
    if (first) note_asked(id, reading);
  }
  if (!first) return;
  pulse_->enter();
  ask_store(id);
}

void Scoreboard::ask_store(PollId poll) {
  store_.counts(poll, [this, poll, pulse = pulse_](const Result<PollCounts>& counts) {
    if (!have_read(poll, counts)) pulse->leave();
  });
}

void Scoreboard::note_asked(PollId poll, Reading& reading) {
  for (const Waiting& reader : reading.now)
    reading.revision = std::max(reading.revision, reader.poll->revision);
  reading.expiries = last_expiry(poll);
  if (asked_.size() >= kPagesMax) asked_.clear();
  asked_[poll] = clock_.elapsed();
}

bool Scoreboard::is_to_be_checked(PollId poll) {
  const std::lock_guard lock(reading_mutex_);
  if (reading_.contains(poll)) return false;
  const auto found = asked_.find(poll);
  return found == asked_.end() || clock_.elapsed() - found->second >= kCheckInterval;
}

Scoreboard::Page Scoreboard::page_of_cached(const PollCopy& poll, PollStatus status,
                                            const PollCounts& counts) {
  if (is_to_be_checked(poll->id)) read(poll, status, [](const Result<Page>& /*for the next*/) {});
  return page_of(*poll, status, counts);
}

bool Scoreboard::have_read(PollId poll, const Result<PollCounts>& counts) {
  if (counts) cache_.put(*counts);
  Reading over;
  bool again = false;
  {
    const std::lock_guard lock(reading_mutex_);
    const auto found = reading_.find(poll);
    over = std::move(found->second);
    again = !over.late.empty();
    if (again) {
      found->second = {std::move(over.late), {}};
      note_asked(poll, found->second);
    } else {
      reading_.erase(found);
    }
  }
  for (Waiting& reader : over.now) {
    if (counts)
      reader.done(kept_page(*reader.poll, reader.status, *counts, over.expiries));
    else
      reader.done(counts.error());
  }
  if (again) ask_store(poll);  // the last step: its answer may be what the destructor waits for
  return again;
}

Scoreboard::Page Scoreboard::fresh(const Poll& poll, PollStatus status) {
  const Duration now = clock_.elapsed();
  const std::lock_guard lock(pages_mutex_);
  const auto found = pages_.find(poll.id);
  if (found == pages_.end() || now - found->second.made > kFreshFor) return nullptr;
  const Kept& kept = found->second;
  if (!kept.page || kept.has_expired()) return nullptr;
  return kept.page->revision == poll.revision && kept.page->status == status ? kept.page : nullptr;
}

void Scoreboard::expire(PollId poll) {
  const std::lock_guard lock(pages_mutex_);
  if (pages_.size() >= kPagesMax && !pages_.contains(poll)) pages_.clear();
  pages_[poll].expiry = ++expiries_;
}

std::uint64_t Scoreboard::last_expiry(PollId poll) {
  const std::lock_guard lock(pages_mutex_);
  const auto found = pages_.find(poll);
  return found == pages_.end() ? 0 : found->second.expiry;
}

bool Scoreboard::trusts_cache(const Poll& poll) {
  const std::lock_guard lock(pages_mutex_);
  const auto found = pages_.find(poll.id);
  if (found == pages_.end()) return !poll.final_at;
  const Kept& kept = found->second;
  if (!kept.page || kept.has_expired()) return false;
  return !poll.final_at || kept.page->revision == poll.revision;
}

Scoreboard::Page Scoreboard::page_of(const Poll& poll, PollStatus status,
                                     const PollCounts& counts) {
  return kept_page(poll, status, counts, 0);
}

Scoreboard::Page Scoreboard::kept_page(const Poll& poll, PollStatus status,
                                       const PollCounts& counts, std::uint64_t expiries_known) {
  const Duration now = clock_.elapsed();
  Page shown;
  {
    const std::lock_guard lock(pages_mutex_);
    if (const auto found = pages_.find(poll.id); found != pages_.end()) shown = found->second.page;
  }
  const PollCounts& newest =
      shown && shown->counts.version > counts.version ? shown->counts : counts;
  auto page = shown;
  if (!shown || !shows(*shown, poll, status, newest)) page = made_page(poll, status, newest);
  const std::lock_guard lock(pages_mutex_);
  Kept& kept = pages_[poll.id];
  if (!kept.page || kept.page->counts.version <= page->counts.version) {
    kept.page = page;
    kept.made = now;
  }
  kept.expiries_known = std::max(kept.expiries_known, expiries_known);
  if (pages_.size() > kPagesMax) pages_ = {{poll.id, Kept(kept)}};
  return page;
}

}  // namespace vote::api
