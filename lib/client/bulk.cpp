#include "client/bulk.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "client/transfer.h"
#include "runtime/stop.h"

namespace vote::client {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kPollTimeMaxMs = 1'000;

struct MultiFree {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

void check(CURLMcode result) {
  if (result != CURLM_OK)
    throw ClientError(std::string("libcurl fails: ") + curl_multi_strerror(result));
}

/// A request and what its tries have come to so far.
struct Job {
  Tagged tagged;
  unsigned tries = 0;
  BackOff delays{kFirstRetryDelay, kRetryDelayMax};
};

}  // namespace

/// One line of transfers: those idle, those on their way, and jobs that wait for another try.
class Bulk::Run {
 public:
  Run(const std::string& base, unsigned connections, const Source& source, const Sink& sink,
      int source_fd)
      : multi_(curl_multi_init()), source_(source), sink_(sink), source_fd_(source_fd) {
    if (!multi_) throw ClientError("libcurl cannot be set up: out of memory");
    check(curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(connections)));
    slots_.resize(connections);
    for (Slot& slot : slots_) {
      slot.transfer = std::make_unique<Client::Transfer>(base);
      idle_.push_back(&slot);
    }
  }
  ~Run() {
    for (const Slot& slot : slots_)
      if (slot.job) curl_multi_remove_handle(multi_.get(), slot.transfer->handle());
  }
  Run(const Run&) = delete;

  void to_the_end() {
    for (;;) {
      start_what_can();
      if (ended_ && waiting_.empty() && idle_.size() == slots_.size()) return;
      int running = 0;
      check(curl_multi_perform(multi_.get(), &running));
      if (!finish_what_is_done()) wait();
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Client::Transfer> transfer;
    std::optional<Job> job;
  };

  void start_what_can() {
    may_read_ = true;
    while (!idle_.empty()) {
      std::optional<Job> job = next_job();
      if (!job) return;
      Slot* slot = idle_.back();
      idle_.pop_back();
      slot->job = std::move(job);
      slot->transfer->prepare(slot->job->tagged.request);
      check(curl_multi_add_handle(multi_.get(), slot->transfer->handle()));
    }
  }

  std::optional<Job> next_job() {
    if (!waiting_.empty() && waiting_.begin()->first <= Steady::now()) {
      Job job = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      return job;
    }
    // Waiting jobs have a bound too: no more of them than twice the connections.
    if (ended_ || !may_read_ || waiting_.size() >= 2 * slots_.size()) return std::nullopt;
    NextRequest next = source_();
    if (auto* tagged = std::get_if<Tagged>(&next)) return Job{std::move(*tagged)};
    may_read_ = false;
    ended_ = std::holds_alternative<NoMore>(next);
    return std::nullopt;
  }

  bool finish_what_is_done() {
    bool any = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      CURL* handle = message->easy_handle;
      check(curl_multi_remove_handle(multi_.get(), handle));
      const auto slot = std::find_if(slots_.begin(), slots_.end(), [handle](const Slot& each) {
        return each.transfer->handle() == handle;
      });
      finish(*slot, result);
      any = true;
    }
    return any;
  }

  void finish(Slot& slot, CURLcode result) {
    Job job = std::move(*slot.job);
    slot.job.reset();
    idle_.push_back(&slot);
    ++job.tries;
    Outcome outcome{job.tagged.tag, std::nullopt, ""};
    if (result == CURLE_OK)
      outcome.answer = slot.transfer->finish(result);
    else
      outcome.failure = slot.transfer->failure(result);
    const bool again = !outcome.answer || is_worth_repeating(*outcome.answer);
    if (!again || job.tries >= kTriesMax) return sink_(outcome);
    const Duration asked = outcome.answer ? retry_after(*outcome.answer) : Duration(0);
    const auto due = Steady::now() + std::max(asked, job.delays.next());
    waiting_.emplace(due, std::move(job));
  }

  void wait() {
    auto until = Steady::now() + std::chrono::milliseconds(kPollTimeMaxMs);
    if (!waiting_.empty() && !idle_.empty()) until = std::min(until, waiting_.begin()->first);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
    curl_waitfd input{source_fd_, CURL_WAIT_POLLIN, 0};
    const bool input_wanted = source_fd_ >= 0 && !ended_ && !idle_.empty();
    check(curl_multi_poll(multi_.get(), &input, input_wanted ? 1 : 0,
                          std::max(0, static_cast<int>(left)), nullptr));
  }

  std::unique_ptr<CURLM, MultiFree> multi_;
  const Source& source_;
  const Sink& sink_;
  int source_fd_;
  std::vector<Slot> slots_;
  std::vector<Slot*> idle_;
  std::multimap<Steady::time_point, Job> waiting_;
  bool ended_ = false;
  bool may_read_ = true;
};

Bulk::Bulk(const std::string& base, unsigned connections) : base_(base), connections_(connections) {
  if (connections == 0 || connections > kConnectionsMax)
    throw std::invalid_argument("the number of connections is not between 1 and " +
                                std::to_string(kConnectionsMax));
}
Bulk::~Bulk() = default;

void Bulk::run(const Source& source, const Sink& sink, int source_fd) {
  Run(base_, connections_, source, sink, source_fd).to_the_end();
}

}  // namespace vote::client
