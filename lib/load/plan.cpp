#include "load/plan.h"

#include <chrono>

namespace vote::load {
namespace {

using Steady = std::chrono::steady_clock;

// Tags: a send's number as it is; reads and health checks have a bit of their own above.
constexpr std::uint64_t kReadTag = std::uint64_t{1} << 63U;
constexpr std::uint64_t kHealthTag = std::uint64_t{1} << 62U;
constexpr std::size_t kLinesBytes = std::size_t{64} * 1024;

std::string_view method_of(const Wish& wish) {
  if (wish.ask == Ask::read || wish.ask == Ask::health) return "GET ";
  if (wish.send.kind == Kind::cast) return "POST ";
  return wish.send.kind == Kind::change ? "PUT " : "DELETE ";
}

std::string_view resource_of(const Wish& wish) {
  if (wish.ask == Ask::read) return "/results";
  return wish.send.kind == Kind::cast ? "/votes" : "/votes/me";
}

/// Without the endpoint's own path in front.
void append_path(std::string& out, const Wish& wish, const std::vector<Target>& polls) {
  if (wish.ask == Ask::health)
    out += "/healthz";
  else
    out.append("/v1/polls/").append(polls[wish.send.poll].poll.text()).append(resource_of(wish));
  out += " HTTP/1.1\r\nHost: ";
}

void append_body(std::string& out, const Send& send, const Target& poll) {
  if (send.kind == Kind::revoke) {
    out += "\r\n\r\n";
    return;
  }
  std::string body = "{\"option_ids\":[";
  for (const std::uint16_t option : send.options) {
    if (body.back() != '[') body += ',';
    body.append("\"").append(poll.options[option - 1U].text()).append("\"");
  }
  body += "]}";
  out.append("\r\nContent-Type: application/json\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

/// What follows the Host's value.
void append_rest(std::string& out, const Wish& wish, const std::vector<Target>& polls) {
  out += "\r\nUser-Agent: vote-loadgen";
  if (wish.token.empty()) {
    out += "\r\n\r\n";
    return;
  }
  out.append("\r\nAuthorization: Bearer ").append(wish.token);
  out.append("\r\nIdempotency-Key: ").append(wish.send.key.text());
  append_body(out, wish.send, polls[wish.send.poll]);
}

}  // namespace

/// The thread that thinks ahead.
class Plan::Planner {
 public:
  Planner(Workload& workload, const Schedule* schedule, Journal* journal)
      : workload_(workload), schedule_(schedule), journal_(journal), start_(Steady::now()) {
    thread_ = std::thread([this] { run(); });
  }
  ~Planner() { stop(); }

  /// The next; one without items: there is none. Throws what the thread met.
  Block next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || over_; });
    if (ready_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return {};
    }
    Block block = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return block;
  }
  bool has_one() {
    const std::lock_guard lock(mutex_);
    return !ready_.empty() || over_;
  }
  /// Ends the thread; how many sends it planned in all.
  std::uint64_t stop() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    return sends_;
  }

 private:
  void run() {
    try {
      for (bool more = true; more;) {
        Block block;
        more = fill(block);
        if (journal_ != nullptr && !lines_.empty()) journal_->write(lines_);
        lines_.clear();
        more = hand_over(std::move(block)) && more;
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

  /// False: nothing comes after it.
  bool fill(Block& block) {
    while (block.items.size() < kBlockRequests) {
      if (schedule_ != nullptr && planned_ == schedule_->size()) return false;
      auto wish = workload_.next();
      if (!wish) return false;
      append(block, *wish);
      ++planned_;
    }
    return true;
  }

  void append(Block& block, Wish& wish) {
    std::uint64_t tag = kHealthTag;
    if (wish.ask == Ask::read)
      tag = kReadTag | wish.send.poll;
    else if (wish.ask != Ask::health)
      tag = sends_++;
    if (journal_ != nullptr && tag < kHealthTag) {
      wish.send.number = tag;
      wish.send.at = due();
      append_line(lines_, wish.send);
    }
    block.bytes += method_of(wish);
    const std::size_t method_end = block.bytes.size();
    append_path(block.bytes, wish, workload_.polls());
    const std::size_t path_end = block.bytes.size();
    append_rest(block.bytes, wish, workload_.polls());
    block.items.push_back({tag, method_end, path_end, block.bytes.size()});
  }

  Duration due() const {
    using std::chrono::duration_cast;
    return schedule_ != nullptr ? duration_cast<Duration>(schedule_->due(planned_))
                                : duration_cast<Duration>(Steady::now() - start_);
  }

  /// Waits while enough are ready; false: stop.
  bool hand_over(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.size() < kBlocksAhead || over_; });
    if (over_) return false;
    ready_.push_back(std::move(block));
    changed_.notify_all();
    return true;
  }

  Workload& workload_;
  const Schedule* schedule_;
  Journal* journal_;
  Steady::time_point start_;
  std::string lines_;
  std::uint64_t planned_ = 0, sends_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> ready_;
  bool over_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

Plan::Plan(Workload& workload, const Schedule* schedule, Journal* journal)
    : workload_(workload),
      journal_(journal),
      planner_(std::make_unique<Planner>(workload, schedule, journal)),
      block_(planner_->next()) {}

Plan::~Plan() = default;

bool Plan::next_block() {
  const auto began = Steady::now();
  const bool late = !planner_->has_one();
  block_ = planner_->next();
  if (late) waited_ += std::chrono::ceil<Duration>(Steady::now() - began);
  next_ = 0;
  begin_ = 0;
  return !block_.items.empty();
}

std::optional<std::uint64_t> Plan::append_next(std::string& out, const Endpoint& endpoint) {
  if (next_ == block_.items.size() && !next_block()) return std::nullopt;
  const Item& item = block_.items[next_++];
  const std::string_view bytes = block_.bytes;
  out.append(bytes.substr(begin_, item.method_end - begin_)).append(endpoint.path());
  out.append(bytes.substr(item.method_end, item.path_end - item.method_end));
  out.append(endpoint.authority()).append(bytes.substr(item.path_end, item.end - item.path_end));
  begin_ = item.end;
  if (item.tag < kHealthTag) sent_ = item.tag + 1;
  return item.tag;
}

void Plan::answered(const RequestEnd& answered) {
  if (journal_ == nullptr || answered.tag == kHealthTag) return;
  if (answered.tag >= kReadTag)
    append_read(answered);
  else
    append_answer(answered);
  if (lines_.size() >= kLinesBytes) flush();
}

void Plan::append_answer(const RequestEnd& answered) {
  const bool refused = answered.status >= 400;
  const std::string code = refused ? bodies_.code(answered.body) : std::string();
  append_line(lines_, Answer{answered.tag, answered.at, answered.status, code});
  ++answers_;
}

void Plan::append_read(const RequestEnd& answered) {
  Read read{answered.tag & ~kReadTag, answered.at, answered.connection, answered.status, {}, {}};
  std::string code;
  if (read.status == 200) {
    auto shown = bodies_.shown(answered.body, workload_.polls()[read.poll]);
    if (shown)
      read.shown = std::move(*shown);
    else
      read.status = 0;  // what came is no results page of this poll
  } else if (read.status >= 400) {
    code = bodies_.code(answered.body);
    read.code = code;
  }
  append_line(lines_, read);
}

void Plan::flush() {
  if (journal_ == nullptr || lines_.empty()) return;
  const auto began = Steady::now();
  if (journal_->append(lines_)) waited_ += std::chrono::ceil<Duration>(Steady::now() - began);
  lines_.clear();
}

void Plan::finish(Duration at) {
  const std::uint64_t planned = planner_->stop();
  if (journal_ == nullptr) return;
  flush();
  journal_->flush();
  std::string last;
  if (sent_ < planned) last = unsent_line(sent_, at);
  journal_->write(last + end_line(at, planned, answers_));
}

}  // namespace vote::load
