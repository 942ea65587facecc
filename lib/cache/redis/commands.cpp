#include "cache/redis/commands.h"

#include <algorithm>
#include <chrono>

namespace vote::redis {
namespace {

constexpr std::size_t kWordsOfCall = 3;  // EVALSHA, which, and how many keys

/// The beginning of a script's call with so many keys, which follow, and then its arguments.
void begin_call(std::string& out, const ScriptCall& call, Script script, std::size_t keys,
                std::size_t arguments) {
  begin_command(out, kWordsOfCall + keys + arguments);
  append_word(out, call.verb());
  append_word(out, call(script));
  append_word(out, std::to_string(keys));
}

}  // namespace

std::string milliseconds_text(Duration duration) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return std::to_string(std::max<std::int64_t>(whole, 1));
}

void ReadMark::write(std::string& out, const ScriptCall& /*script*/) const {
  append_command(out, {"GET", key()});
}

void ReadMark::answer(ReplyView reply) {
  Mark found = parse_mark(reply.text());
  if (found.state == MarkState::pending && ahead_.holds(poll_, voter_, found.request))
    found.state = MarkState::queued;
  done_(found);
}

void SetMark::write(std::string& out, const ScriptCall& /*script*/) const {
  append_command(out, {"SET", key(), to_text(mark_), "NX", "GET", "PX", milliseconds_text(lease_)});
}

void FindUnconfirmed::write(std::string& out, const ScriptCall& /*script*/) const {
  begin_command(out, 1 + marks_.size());
  append_word(out, "MGET");
  for (const QueuedMark& mark : marks_) append_word(out, keys_.mark(mark.poll, mark.voter));
}

void FindUnconfirmed::answer(ReplyView reply) {
  if (!reply) return found_(std::move(marks_), false);
  std::vector<QueuedMark> unconfirmed;
  for (std::size_t i = 0; i < marks_.size(); ++i)
    if (!is_confirmed(reply.at(i).text())) unconfirmed.push_back(marks_[i]);
  found_(std::move(unconfirmed), true);
}

void QueueMarks::write(std::string& out, const ScriptCall& script) const {
  begin_call(out, script, Script::queue_marks, marks_.size(), 3 * marks_.size());
  for (const QueuedMark& mark : marks_) append_word(out, keys_.mark(mark.poll, mark.voter));
  for (const QueuedMark& mark : marks_) {
    append_word(out, beginning_of_mark(MarkState::pending, mark.request));
    append_word(out, to_text(Mark{MarkState::queued, mark.request, mark.digest}));
    append_word(out, milliseconds_text(mark.until - now_));
  }
}

void QueueMarks::answer(ReplyView reply) {
  if (!reply) unsaid_(std::move(marks_));
}

void RemoveMark::write(std::string& out, const ScriptCall& script) const {
  append_command(out, {script.verb(), script(Script::remove_mark), "1", key_,
                       beginning_of_mark(state_, request_)});
}

void ConfirmMarks::write(std::string& out, const ScriptCall& /*script*/) const {
  for (const Entry& entry : entries_)
    append_command(out,
                   {"SET", entry.key, to_text(entry.mark), "PX", milliseconds_text(entry.keep)});
}

PutCounts::PutCounts(const Keys& keys, PollCounts counts, Duration keep, Ended ended)
    : key_(keys.counts(counts.poll)),
      channel_(keys.channel()),
      counts_(std::move(counts)),
      keep_(keep),
      ended_(std::move(ended)) {}

void PutCounts::write(std::string& out, const ScriptCall& script) const {
  append_command(out, {script.verb(), script(Script::put_counts), "1", key_, to_text(counts_),
                       milliseconds_text(keep_), channel_, news_prefix(counts_.poll)});
}

void GetCounts::write(std::string& out, const ScriptCall& /*script*/) const {
  append_command(out, {"GET", key_});
}

void GetCounts::answer(ReplyView reply) {
  done_(parse_counts(poll_, reply.text()));
}

void Allow::write(std::string& out, const ScriptCall& script) const {
  begin_call(out, script, Script::allow, takes_.size(), 3 * takes_.size());
  for (const Take& take : takes_) append_word(out, keys_.quota(take));
  for (const Take& take : takes_) {
    append_word(out, std::to_string(take.most));
    append_word(out, std::to_string(take.period.count()));
    append_word(out, take.member ? digest_text(*take.member) : "");
  }
}

void Allow::answer(ReplyView reply) {
  if (!reply) return done_(instead_(takes_));
  if (reply.is_nil()) return done_(std::nullopt);
  const auto take = static_cast<std::size_t>(reply.at(0).number());
  done_(Denial{std::min(take, takes_.size() - 1), Duration(reply.at(1).number())});
}

}  // namespace vote::redis
