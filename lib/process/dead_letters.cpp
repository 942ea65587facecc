#include "process/dead_letters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <future>
#include <map>
#include <memory>
#include <utility>

#include "runtime/blocking.h"

namespace vote {
namespace {

constexpr std::size_t kPageLetters = 64;  // of up to a megabyte each

std::string header_of(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == headers.end() ? "" : found->second;
}

std::optional<std::uint64_t> number_of(const Headers& headers, std::string_view name) {
  const std::string text = header_of(headers, name);
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

/// The word before the colon; the whole where it begins with none.
std::string reason_of(const std::string& error) {
  const auto colon = error.find(": ");
  if (colon == std::string::npos || colon == 0) return error;
  const bool word = std::all_of(error.begin(), error.begin() + static_cast<std::ptrdiff_t>(colon),
                                [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return word ? error.substr(0, colon) : error;
}

/// As it was appended first, but for the stamp that it carries.
Message sent_round(Message message) {
  static constexpr std::array kOfItsDeath{
      kErrorHeader,          kRetryCountHeader, kOriginalTopicHeader,  kOriginalPartitionHeader,
      kOriginalOffsetHeader, kTruncatedHeader,  kOriginalDigestHeader, kOriginalIdsHeader};
  std::erase_if(message.headers, [](const auto& entry) {
    return std::find(kOfItsDeath.begin(), kOfItsDeath.end(), entry.first) != kOfItsDeath.end();
  });
  return message;
}

std::string named(std::int64_t id) {
  return "dead letter " + std::to_string(id);
}

Error refusal_of_cut(const BuriedVote& vote) {
  return {Code::too_large,
          named(vote.letter.id) + " holds only " +
              std::to_string(vote.letter.message.value.size()) + " of the " +
              std::to_string(*vote.cut_from) + " bytes of its message: read the whole at " +
              origin_of(vote) +
              " while the queue still holds it, hand a shorter one to vote-worker --input - if it "
              "shall count, and drop the letter"};
}

/// In time by its first copy's stamp. Where it has none, the round that it is sent on gives it one,
/// which is later than the letter's.
UndecidedVote undecided(const BuriedVote& vote) {
  return {*vote.ids.poll,
          vote.digest,
          vote.ids.voter,
          vote.ids.request,
          parse_time(vote.first_stamp).value_or(vote.letter.stamp),
          UndecidedVote::State::dead_letter,
          vote.reason};
}

Result<std::vector<DeadLetter>> page_after(Queue& queue, std::int64_t after, std::size_t limit) {
  return wait_for<Result<std::vector<DeadLetter>>>(
      [&](auto done) { queue.dead_letters(after, limit, std::move(done)); });
}

/// Starts a call for each vote that nothing was decided against so far, all of them together, and
/// decides by the answers.
template <class Answer, class Start, class Decide>
void for_each_left(Decided& decided, Start start, Decide decide) {
  std::vector<std::pair<std::size_t, std::future<Answer>>> answers;
  for (std::size_t i = 0; i < decided.size(); ++i) {
    if (!decided[i]) continue;
    auto promise = std::make_shared<std::promise<Answer>>();
    answers.emplace_back(i, promise->get_future());
    start(i,
          Completion<Answer>([promise](Answer answer) { promise->set_value(std::move(answer)); }));
  }
  for (auto& [i, answer] : answers) decided[i] = decide(i, answer.get());
}

}  // namespace

BuriedVote read_dead_letter(DeadLetter letter) {
  const Headers& headers = letter.message.headers;
  BuriedVote vote;
  vote.error = header_of(headers, kErrorHeader);
  vote.reason = reason_of(vote.error);
  const std::string& value = letter.message.value;
  if (const auto bytes = number_of(headers, kTruncatedHeader); bytes && *bytes > value.size())
    vote.cut_from = bytes;
  vote.ids = ids_of_message(vote.cut_from ? header_of(headers, kOriginalIdsHeader) : value);
  vote.digest =
      vote.cut_from ? number_of(headers, kOriginalDigestHeader).value_or(0) : message_digest(value);
  vote.topic = header_of(headers, kOriginalTopicHeader);
  vote.partition = header_of(headers, kOriginalPartitionHeader);
  vote.offset = header_of(headers, kOriginalOffsetHeader);
  vote.first_stamp = header_of(headers, kFirstStampHeader);
  vote.letter = std::move(letter);
  return vote;
}

std::string origin_of(const BuriedVote& vote) {
  if (vote.topic.empty() && vote.partition.empty() && vote.offset.empty()) return "";
  return vote.topic + "/" + vote.partition + "/" + vote.offset;
}

bool BuriedVoteFilter::matches(const BuriedVote& vote) const {
  return (!reason || *reason == vote.reason) && (!poll || poll == vote.ids.poll) &&
         (!since || vote.letter.stamp >= *since) && (!until || vote.letter.stamp < *until);
}

Result<Done> each_dead_letter(Queue& queue, const BuriedVoteFilter& filter,
                              const std::function<bool(const BuriedVote&)>& take) {
  for (std::int64_t after = 0;;) {
    auto page = page_after(queue, after, kPageLetters);
    if (!page) return page.error();
    if (page->empty()) return Done{};
    after = page->back().id;
    for (DeadLetter& letter : *page) {
      const BuriedVote vote = read_dead_letter(std::move(letter));
      if (filter.matches(vote) && !take(vote)) return Done{};
    }
  }
}

Result<BuriedVote> find_dead_letter(Queue& queue, std::int64_t id) {
  auto page = page_after(queue, id - 1, 1);
  if (!page) return page.error();
  if (page->empty() || page->front().id != id)
    return Error{Code::not_found,
                 named(id) + " is not there: it was requeued or dropped, or never was"};
  return read_dead_letter(std::move(page->front()));
}

Operator::Operator(Store& store, Queue& queue, std::string actor)
    : store_(store), queue_(queue), actor_(std::move(actor)) {}

Decided Operator::can_requeue(const BuriedVotes& votes) {
  std::map<PollId, Result<Done>> polls;
  Decided decided;
  for (const BuriedVote& vote : votes) {
    if (vote.ids.poll && !polls.contains(*vote.ids.poll))
      polls.emplace(*vote.ids.poll, can_requeue(*vote.ids.poll));
    if (vote.cut_from)
      decided.push_back(refusal_of_cut(vote));
    else
      decided.push_back(vote.ids.poll ? polls.at(*vote.ids.poll) : Done{});
  }
  return decided;
}

Result<Done> Operator::can_requeue(PollId id) {
  const auto poll = wait_for<Result<Poll>>([&](auto done) { store_.poll(id, std::move(done)); });
  if (!poll && poll.error().code == Code::not_found) return Done{};
  if (!poll) return poll.error();
  if (!poll->final_at) return Done{};
  return Error{Code::poll_final, "the results of poll " + id.text() + " are final since " +
                                     to_text(*poll->final_at) + " and never change"};
}

Decided Operator::requeue(const BuriedVotes& votes) {
  Decided decided = can_requeue(votes);
  note(votes, "requeued", decided);
  settle(votes, Settlement::requeued, decided);
  append(votes, decided);
  keep(votes, decided);
  remove(votes, decided);
  return decided;
}

Decided Operator::drop(const BuriedVotes& votes) {
  Decided decided(votes.size(), Done{});
  note(votes, "dropped", decided);
  settle(votes, Settlement::dropped, decided);
  remove(votes, decided);
  return decided;
}

Decided Operator::can_drop(const BuriedVotes& votes) {
  return Decided(votes.size(), Done{});
}

void Operator::note(const BuriedVotes& votes, const std::string& action, Decided& decided) {
  for_each_left<Result<Done>>(
      decided,
      [&](std::size_t i, auto done) {
        const BuriedVote& vote = votes[i];
        OperatorAction noted;
        noted.actor = actor_;
        noted.action = action;
        noted.poll = vote.ids.poll;
        noted.user = vote.ids.voter;
        noted.request = vote.ids.request;
        const std::string origin = origin_of(vote);
        noted.detail =
            named(vote.letter.id) + (origin.empty() ? "" : " from " + origin) + ": " + vote.error;
        store_.note(std::move(noted), std::move(done));
      },
      [](std::size_t /*i*/, const Result<Done>& noted) { return noted; });
}

/// Before the letter is removed, so that none is removed that still holds its poll back.
void Operator::settle(const BuriedVotes& votes, Settlement settlement, Decided& decided) {
  for_each_left<Result<Done>>(
      decided,
      [&](std::size_t i, auto done) {
        const BuriedVote& vote = votes[i];
        if (!vote.ids.poll) return done(Done{});
        store_.settle(undecided(vote), settlement, std::move(done));
      },
      [](std::size_t /*i*/, const Result<Done>& settled) { return settled; });
}

void Operator::append(const BuriedVotes& votes, Decided& decided) {
  for_each_left<AppendResult>(
      decided,
      [&](std::size_t i, auto done) {
        queue_.append(sent_round(votes[i].letter.message), std::move(done));
      },
      [&](std::size_t i, const AppendResult& appended) -> Result<Done> {
        const auto* failure = std::get_if<AppendFailure>(&appended);
        if (failure == nullptr) return Done{};
        if (failure->is_too_long)
          return Error{Code::too_large,
                       "the queue takes no message as long as that of " +
                           named(votes[i].letter.id) +
                           ", which stays: let its topic take longer ones (max.message.bytes), or "
                           "drop the letter",
                       failure->detail};
        return Error{Code::unavailable,
                     "the queue did not take the vote of " + named(votes[i].letter.id) +
                         ", which stays: requeue it again",
                     failure->detail};
      });
}

/// Those that the queue takes in no copy: what is dropped instead holds nothing back.
void Operator::keep(const BuriedVotes& votes, const Decided& decided) {
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const bool was_settled = !votes[i].cut_from && votes[i].ids.poll;
    if (decided[i] || decided[i].error().code != Code::too_large || !was_settled) continue;
    (void)wait_for<Result<Done>>(
        [&](auto done) { store_.settle(undecided(votes[i]), Settlement::kept, std::move(done)); });
  }
}

void Operator::remove(const BuriedVotes& votes, Decided& decided) {
  for_each_left<Result<bool>>(
      decided,
      [&](std::size_t i, auto done) {
        queue_.remove_dead_letter(votes[i].letter.id, std::move(done));
      },
      [&](std::size_t i, const Result<bool>& removed) -> Result<Done> {
        if (!removed) return removed.error();
        if (*removed) return Done{};
        return Error{Code::not_found, "somebody else requeued or dropped " +
                                          named(votes[i].letter.id) + " at the same moment"};
      });
}

}  // namespace vote
