#include "fault/simulation/testimony.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace vote::simulated {

Records::~Records() {
  if (file_ >= 0) ::close(file_);
}

std::uint64_t Records::send(load::Kind kind, std::size_t poll, UserId voter, RequestId key,
                            load::Positions options) {
  const std::uint64_t number = sends_.size();
  sends_.push_back(lines_.size());
  lines_.emplace_back(
      load::Send{number, world_.scheduler.now(), kind, poll, voter, key, std::move(options)});
  requests_.insert({poll, voter, key});
  return number;
}

void Records::answer(std::uint64_t send, unsigned status, std::string_view code) {
  const auto& sent = std::get<load::Send>(lines_[sends_[send]]);
  if (status == 0 || status >= 500) unanswered_.insert({sent.poll, sent.voter, sent.key});
  lines_.emplace_back(Heard{send, world_.scheduler.now(), status, code});
}

void Records::read(std::size_t poll, std::uint64_t connection, const load::Shown& shown) {
  lines_.emplace_back(load::Read{poll, world_.scheduler.now(), connection, 200, {}, shown});
}

Records::Heard Records::as_promised(Heard heard) const {
  const auto& send = std::get<load::Send>(lines_[sends_[heard.send]]);
  // The store remembers no refusal of a change: a try that got no answer may be applied after it.
  const bool is_refused = heard.status >= 400 && heard.status < 500;
  if (send.kind != load::Kind::cast && is_refused &&
      unanswered_.contains({send.poll, send.voter, send.key})) {
    heard.status = 0;
    heard.code = {};
    return heard;
  }
  const auto lost_at = world_.lost_at({polls[send.poll].poll, send.voter});
  // A vote may be refused by a mark of one that was lost; what is acknowledged is the store's word.
  const bool may_be_a_marks = send.kind == load::Kind::cast && heard.status != 201;
  if (!lost_at || heard.status == 202 || (!may_be_a_marks && send.at > *lost_at)) return heard;
  heard.status = 0;
  heard.code = {};
  return heard;
}

std::string Records::write_journal() {
  load::JournalHeader header;
  header.run.bytes[15] = 1;
  header.started_at = kBeginning;
  header.urls = {"http://simulated"};
  header.polls = polls;
  std::string text = load::line_of(header);
  std::uint64_t answers = 0;
  for (const Line& line : lines_) {
    if (const auto* send = std::get_if<load::Send>(&line)) {
      load::append_line(text, *send);
    } else if (const auto* heard = std::get_if<Heard>(&line)) {
      const Heard promised = as_promised(*heard);
      load::append_line(text,
                        load::Answer{promised.send, promised.at, promised.status, promised.code});
      ++answers;
    } else {
      load::append_line(text, std::get<load::Read>(line));
    }
  }
  text += load::end_line(world_.scheduler.now(), sends_.size(), answers);
  file_ = ::memfd_create("journal", MFD_CLOEXEC);
  if (file_ < 0 || ::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("no memory for a journal");
  return "/proc/self/fd/" + std::to_string(file_);
}

}  // namespace vote::simulated
