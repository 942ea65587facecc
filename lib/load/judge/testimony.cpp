#include "load/judge/testimony.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

namespace vote::load {
namespace {

/// Shorter lines of a `send` there are not, so a journal's size bounds their number.
constexpr std::uint64_t kSendBytesMin = 140;

bool is_client_error(unsigned status) {
  return status >= 400 && status < 500;
}

auto order_of(const Try& one) {
  return std::tie(one.poll, one.voter, one.key, one.kind, one.choice, one.journal, one.line);
}

}  // namespace

Answered meaning(Kind kind, unsigned status, std::string_view code) {
  if (kind == Kind::cast && status == 202) return Answered::accepted;
  if (status == (kind == Kind::cast ? 201 : 200)) return Answered::counted;
  if (!is_client_error(status)) return Answered::nothing;
  const bool not_now =
      status == 408 || status == 429 || code == "vote_in_progress" || code == "vote_pending";
  if (not_now) return Answered::asked_again;
  const bool has_ballot = code == "already_voted" || code == "idempotency_key_reused";
  return kind == Kind::cast && has_ballot ? Answered::another_stands : Answered::refused;
}

JournalEnd Testimony::read(JournalReader& journal, Findings& findings) {
  Reading reading{journal};
  reading.first = tries_.size();
  for (const Target& poll : journal.header().polls)
    reading.polls.push_back(poll_index(poll, journal.path()));
  journals_.push_back(journal.path());
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(journal.path(), unknown);
  if (!unknown) tries_.reserve(tries_.size() + std::min(bytes / kSendBytesMin, kTriesMax));
  ++lines_;
  while (const auto line = journal.next()) {
    ++lines_;
    take(reading, *line, findings);
  }
  reading.at_end = true;
  settle_suspect(reading);
  if (!reading.ended)
    missing_.add(journal.path() +
                 " has no end: the run was cut off, and answers may be missing (--replay " +
                 journal.path() + " sends again what has none)");
  const std::uint64_t next = reading.numbers.empty() ? 0 : reading.numbers.back() + 1;
  return {next, reading.sends, reading.answers, reading.suspect && reading.torn};
}

std::size_t Testimony::poll_index(const Target& poll, const std::string& path) {
  const auto known = std::find_if(polls_.begin(), polls_.end(),
                                  [&](const Target& each) { return each.poll == poll.poll; });
  if (known == polls_.end()) {
    polls_.push_back(poll);
    return polls_.size() - 1;
  }
  if (known->options != poll.options)
    throw JournalError(path + " has other options of poll " + poll.poll.text() +
                       " than another journal or line of it");
  return static_cast<std::size_t>(known - polls_.begin());
}

void Testimony::take(Reading& reading, const JournalLine& line, Findings& findings) {
  const bool goes_on = std::holds_alternative<Replay>(line) && !reading.ended && reading.torn;
  if (!goes_on) settle_suspect(reading);  // else it is where an earlier run was cut off
  reading.suspect.reset();
  reading.torn = false;
  if (const auto* broken = std::get_if<Broken>(&line)) {
    reading.suspect = broken->reason;
    reading.torn = broken->torn;
  } else if (const auto* send = std::get_if<Send>(&line)) {
    take(reading, *send);
  } else if (const auto* answer = std::get_if<Answer>(&line)) {
    take(reading, *answer);
  } else if (const auto* end = std::get_if<End>(&line)) {
    take(reading, *end);
  } else if (const auto* read = std::get_if<Read>(&line)) {
    reads_.take(reading.polls[read->poll], journals_.size(), *read,
                place_of(journals_.size() - 1, reading.journal.line_number()), findings);
  } else if (const auto* unsent = std::get_if<Unsent>(&line)) {
    take(reading, *unsent);
  } else {
    reading.ended = false;
  }
}

/// The line before was broken, and it is not the end of a run that was cut off.
void Testimony::settle_suspect(const Reading& reading) {
  if (!reading.suspect) return;
  const std::uint64_t line = reading.journal.line_number() - (reading.at_end ? 0 : 1);
  const std::string what = place_of(journals_.size() - 1, line) + " is broken: " + *reading.suspect;
  missing_.add(what);
  // The request of a torn line was not sent, for the line was not whole.
  if (!reading.torn) ++missing_.broken_lines;
}

void Testimony::take(Reading& reading, const Send& send) {
  const std::uint64_t line = reading.journal.line_number();
  if (!reading.numbers.empty() && send.number <= reading.numbers.back()) {
    reading.suspect = "its number does not grow";
    return;
  }
  if (tries_.size() == kTriesMax || line > UINT32_MAX)
    throw JournalError(reading.journal.path() + " is too long: the judge holds " +
                       std::to_string(kTriesMax) + " tries");
  const std::size_t poll = reading.polls[send.poll];
  if (send.kind == Kind::revoke) reads_.revocation(poll);
  tries_.push_back({.voter = send.voter,
                    .key = send.key,
                    .line = static_cast<std::uint32_t>(line),
                    .choice = choices_.number_of(send.options),
                    .poll = static_cast<std::uint32_t>(poll),
                    .journal = static_cast<std::uint16_t>(journals_.size() - 1),
                    .kind = send.kind});
  reading.numbers.push_back(send.number);
  reading.answered.push_back(false);
  ++reading.sends;
}

void Testimony::take(Reading& reading, const Answer& answer) {
  // Numbers are dense but for broken lines, so most are found where they would stand.
  const auto& numbers = reading.numbers;
  auto at = numbers.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(answer.number, numbers.size()));
  if (at == numbers.end() || *at != answer.number)
    at = std::lower_bound(numbers.begin(), numbers.end(), answer.number);
  if (at == numbers.end() || *at != answer.number) {
    reading.suspect = "it answers what was not sent";
    return;
  }
  const auto index = static_cast<std::size_t>(at - numbers.begin());
  if (reading.answered[index]) {
    reading.suspect = "it answers what was answered before";
    return;
  }
  reading.answered[index] = true;
  ++reading.answers;
  Try& one = tries_[reading.first + index];
  one.answered = meaning(one.kind, answer.status, answer.code);
  if (const std::uint64_t line = reading.journal.line_number(); line <= UINT32_MAX)
    one.answer_line = static_cast<std::uint32_t>(line);
}

void Testimony::take(Reading& reading, const Unsent& unsent) {
  const auto from = std::lower_bound(reading.numbers.begin(), reading.numbers.end(), unsent.first);
  for (auto index = static_cast<std::size_t>(from - reading.numbers.begin());
       index < reading.numbers.size(); ++index) {
    if (reading.answered[index])
      reading.suspect = "it takes back what was answered";
    else
      tries_[reading.first + index].answered = Answered::unsent;
  }
}

void Testimony::take(Reading& reading, const End& end) {
  reading.ended = true;
  if (end.sends != reading.sends || end.answers != reading.answers)
    missing_.add(place_of(journals_.size() - 1, reading.journal.line_number()) + " says " +
                 std::to_string(end.sends) + " sends and " + std::to_string(end.answers) +
                 " answers; there are " + std::to_string(reading.sends) + " and " +
                 std::to_string(reading.answers));
}

void Testimony::close() {
  std::erase_if(tries_, [](const Try& one) { return one.answered == Answered::unsent; });
  std::sort(tries_.begin(), tries_.end(),
            [](const Try& one, const Try& other) { return order_of(one) < order_of(other); });
}

std::span<const Try> Testimony::tries(std::size_t poll) const {
  const auto begin = std::ranges::lower_bound(tries_, poll, {}, &Try::poll);
  const auto end = std::ranges::upper_bound(begin, tries_.end(), poll, {}, &Try::poll);
  return {begin, end};
}

std::string Testimony::place_of(const Try& one) const {
  return place_of(one.journal, one.line);
}

std::string Testimony::place_of(std::size_t journal, std::uint64_t line) const {
  return journals_[journal] + ":" + std::to_string(line);
}

}  // namespace vote::load
