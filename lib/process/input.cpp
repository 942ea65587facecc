#include "process/input.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "log/log.h"
#include "runtime/blocking.h"

namespace vote {
namespace {

constexpr Duration kBackOffFirst = std::chrono::milliseconds(50);
constexpr Duration kBackOffMost = std::chrono::seconds(5);

struct Line {
  std::uint64_t number = 0;
  CastVote vote;
};

/// Takes one line; of one that is too long keeps the beginning and drops the rest unread.
bool next_line(std::istream& input, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  std::streambuf& bytes = *input.rdbuf();
  for (int c = bytes.sbumpc(); c != EOF; c = bytes.sbumpc()) {
    if (c == '\n') return true;
    if (line.size() < kInputLineBytesMax)
      line += static_cast<char>(c);
    else
      too_long = true;
  }
  return !line.empty();
}

class Recorder {
 public:
  Recorder(std::ostream& report, Store& store, Cache& cache, std::size_t batch_size, Stop& stop)
      : report_(report), store_(store), cache_(cache), batch_size_(batch_size), stop_(stop) {}

  void add(Line line) {
    waiting_.push_back(std::move(line));
    if (waiting_.size() >= batch_size_) record(std::exchange(waiting_, {}));
  }
  void record_waiting() {
    if (!waiting_.empty()) record(std::exchange(waiting_, {}));
    report_.flush();
  }
  void refuse(std::uint64_t line, std::string_view code, const std::string& detail,
              const std::string& request = "") {
    nlohmann::ordered_json object{{"line", line}, {"code", code}, {"detail", detail}};
    if (!request.empty()) object["request_id"] = request;
    report_ << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    ++totals.refused;
  }

  InputTotals totals;

 private:
  void record(std::vector<Line> lines) {
    BackOff back_off(kBackOffFirst, kBackOffMost);
    for (;;) {
      const Result<BatchReport> report = ask(lines);
      if (report) return settle(lines, *report);
      if (report.error().code != Code::unavailable)
        return record_halves(std::move(lines), report.error());
      log::warn("store_does_not_answer", {{"reason", for_operator(report.error())}});
      if (stop_.wait(back_off.next())) {
        totals.stopped = true;
        for (const Line& line : lines)
          refuse(line.number, "unavailable", "stopped before it was recorded",
                 line.vote.request.text());
        return;
      }
    }
  }

  Result<BatchReport> ask(const std::vector<Line>& lines) {
    Batch batch;
    for (const Line& line : lines) batch.votes.push_back({line.vote, std::nullopt});
    return wait_for<Result<BatchReport>>(
        [&](auto done) { store_.record(std::move(batch), std::move(done)); });
  }

  /// The store refuses the data of the batch: the culprit is found by halving.
  void record_halves(std::vector<Line> lines, const Error& error) {
    if (lines.size() == 1)
      return refuse(lines.front().number, name(error.code), for_operator(error),
                    lines.front().vote.request.text());
    const auto middle = lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2);
    std::vector<Line> rest(std::make_move_iterator(middle), std::make_move_iterator(lines.end()));
    lines.erase(middle, lines.end());
    record(std::move(lines));
    record(std::move(rest));
  }

  void settle(const std::vector<Line>& lines, const BatchReport& report) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      switch (report.outcomes[i].outcome) {
        case Recorded::recorded:
          ++totals.recorded;
          break;
        case Recorded::same:
          ++totals.copies;
          break;
        case Recorded::superseded:
          refuse(lines[i].number, "already_voted", "another request of this voter stands",
                 lines[i].vote.request.text());
          break;
        default:
          refuse(lines[i].number, name(report.outcomes[i].outcome),
                 explanation(report.outcomes[i].outcome), lines[i].vote.request.text());
      }
    }
    for (const PollCounts& counts : report.counts) cache_.put(counts);
  }

  std::ostream& report_;
  Store& store_;
  Cache& cache_;
  std::size_t batch_size_;
  Stop& stop_;
  std::vector<Line> waiting_;
};

}  // namespace

InputTotals record_lines(std::istream& input, std::ostream& report, Store& store, Cache& cache,
                         std::size_t batch_size, Stop& stop) {
  Recorder recorder(report, store, cache, batch_size, stop);
  std::string line;
  bool too_long = false;
  for (std::uint64_t number = 1; next_line(input, line, too_long); ++number) {
    if (stop.requested()) {
      recorder.totals.stopped = true;
      break;
    }
    if (line.empty()) continue;
    ++recorder.totals.lines;
    if (too_long) {
      recorder.refuse(number, "too_large", "the line is longer than 1048576 bytes");
      continue;
    }
    Result<QueueMessage> message = parse_message(line);
    if (!message)
      recorder.refuse(number, name(message.error().code), message.error().detail);
    else if (auto* vote = std::get_if<CastVote>(&*message))
      recorder.add({number, std::move(*vote)});
    else
      recorder.refuse(number, "malformed", "a poll is closed through the queue alone");
    if (input.rdbuf()->in_avail() == 0) recorder.record_waiting();
  }
  recorder.record_waiting();
  return recorder.totals;
}

}  // namespace vote
