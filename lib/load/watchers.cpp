#include "load/watchers.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "load/drive.h"

namespace vote::load {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = 65536;
constexpr std::size_t kEventsMax = 512;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kBlockEnd = "\n\n";
constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();

/// The value of the line of a block that begins so; empty: there is none.
std::string_view line_of(std::string_view block, std::string_view name) {
  while (!block.empty()) {
    const auto end = std::min(block.find('\n'), block.size());
    if (block.starts_with(name)) return block.substr(name.size(), end - name.size());
    block.remove_prefix(std::min(end + 1, block.size()));
  }
  return {};
}

}  // namespace

Watchers::Watchers(std::span<const Endpoint> endpoints, const std::vector<Target>& polls,
                   unsigned count)
    : polls_(polls),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      seats_(count),
      pages_(polls.size()),
      buffer_(kBufferBytes) {
  watched_.watchers = count;
  for (unsigned i = 0; i < count; ++i) {
    seats_[i].endpoint = &endpoints[i % endpoints.size()];
    seats_[i].poll = i % polls.size();
    seats_[i].number = kWatcherNumbers + i;
  }
  open_all();
}

Watchers::~Watchers() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

void Watchers::open(Seat& seat) {
  seat.socket = seat.endpoint->connect();
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.ptr = &seat;
  epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, seat.socket.number(), &event);
}

void Watchers::open_all() {
  const auto deadline = Steady::now() + kConnectTimeMax;
  const auto missing = [](const Seat& seat) { return !seat.has_page; };
  for (Seat& seat : seats_) open(seat);
  auto first = seats_.begin();
  while (first != seats_.end() && watched_.lost == 0 && Steady::now() < deadline) {
    wait();
    first = std::find_if(first, seats_.end(), missing);
  }
  if (first == seats_.end()) return;
  const auto refused = std::find_if(seats_.begin(), seats_.end(), [](const Seat& seat) {
    return !seat.has_page && seat.status != 0;
  });
  const Seat& seat = refused == seats_.end() ? *first : *refused;
  throw EndpointError("cannot watch poll " + polls_[seat.poll].poll.text() + " at " +
                      seat.endpoint->authority() + ": " +
                      (seat.status == 0 ? "no answer" : "status " + std::to_string(seat.status)) +
                      " (--watchers; votectl results tells more)");
}

void Watchers::begin(Journal* journal) {
  journal_ = journal;
  start_ = Steady::now();
  begun_ = true;
  thread_ = std::thread([this] { watch(); });
}

Watched Watchers::finish() {
  over_ = true;
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  return watched_;
}

void Watchers::watch() {
  try {
    while (!over_) wait();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void Watchers::wait() {
  std::array<epoll_event, kEventsMax> events;
  const auto tick = std::chrono::duration_cast<std::chrono::milliseconds>(kTick);
  const int ready =
      epoll_wait(epoll_.number(), events.data(), kEventsMax, static_cast<int>(tick.count()));
  now_ = Steady::now();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Seat& seat = *static_cast<Seat*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0)
      ask(seat);
    else
      receive(seat);
  }
  if (journal_ != nullptr && !lines_.empty()) journal_->append(lines_);
  lines_.clear();
}

/// The request is shorter than any socket's buffer, so it goes out whole or not at all.
void Watchers::ask(Seat& seat) {
  const std::string request = "GET " + seat.endpoint->path() + "/v1/polls/" +
                              polls_[seat.poll].poll.text() +
                              "/results/events HTTP/1.0\r\nHost: " + seat.endpoint->authority() +
                              "\r\nUser-Agent: vote-loadgen\r\n\r\n";
  const ssize_t sent = send(seat.socket.number(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) return lose(seat);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &seat;
  epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, seat.socket.number(), &event);
}

void Watchers::receive(Seat& seat) {
  const ssize_t got = recv(seat.socket.number(), buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return lose(seat);
  seat.input.append(buffer_.data(), static_cast<std::size_t>(got));
  if (!take(seat) || seat.input.size() > kEventBytesMax) lose(seat);
}

/// False where it is no stream of events.
bool Watchers::take(Seat& seat) {
  if (seat.status == 0 && seat.input.find(kHeadEnd) == std::string::npos) return true;
  if (seat.status == 0 && !take_head(seat)) return false;
  std::size_t begin = 0;
  for (auto end = seat.input.find(kBlockEnd); end != std::string::npos;
       end = seat.input.find(kBlockEnd, begin)) {
    take_block(seat, std::string_view(seat.input).substr(begin, end - begin));
    begin = end + kBlockEnd.size();
  }
  seat.input.erase(0, begin);
  return true;
}

bool Watchers::take_head(Seat& seat) {
  const std::string_view head = seat.input;
  if (head.size() > kStatusAt)
    std::from_chars(head.data() + kStatusAt, head.data() + head.size(), seat.status);
  seat.input.erase(0, seat.input.find(kHeadEnd) + kHeadEnd.size());
  return seat.status == 200;
}

void Watchers::take_block(Seat& seat, std::string_view block) {
  const std::string_view page = line_of(block, "data: ");
  if (page.empty()) return;
  seat.has_page = true;
  show(seat, line_of(block, "id: "), page);
}

void Watchers::show(Seat& seat, std::string_view id, std::string_view page) {
  note_delay(seat.poll, id);
  auto shown = answers_.shown(page, polls_[seat.poll]);
  seat.is_final = shown && shown->is_final;
  if (!begun_) return;
  ++watched_.pages;
  if (journal_ == nullptr) return;
  Read read{seat.poll, std::chrono::duration_cast<Duration>(now_ - start_), seat.number, 0, {}, {}};
  if (shown) read.status = 200;
  if (shown) read.shown = std::move(*shown);
  append_line(lines_, read);
}

/// The page that was there before the run is nobody's news.
void Watchers::note_delay(std::size_t poll, std::string_view id) {
  std::deque<Page>& pages = pages_[poll];
  const auto page =
      std::find_if(pages.rbegin(), pages.rend(), [&](const Page& each) { return each.id == id; });
  if (page == pages.rend()) {
    pages.push_back({std::string(id), now_});
    if (pages.size() > kPagesKept) pages.pop_front();
  } else if (begun_ && page->first >= start_) {
    watched_.behind.record(std::chrono::ceil<Duration>(now_ - page->first));
  }
}

void Watchers::lose(Seat& seat) {
  seat.socket = Descriptor();
  if (!seat.is_final) ++watched_.lost;
}

}  // namespace vote::load
