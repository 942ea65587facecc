#pragma once
// Connections that watch results while a run goes on, by server-sent events (HTML standard,
// "Server-sent events"), on a thread of their own. Asked for with HTTP/1.0, so that the events come
// as they are, without chunks. What they are shown goes to the journal, as reads do.
#include <atomic>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "load/answers.h"
#include "load/connection.h"
#include "load/endpoint.h"
#include "load/histogram.h"
#include "load/journal.h"

namespace vote::load {

inline constexpr unsigned kWatchersMax = 10'000;
/// Of an event that is not complete.
inline constexpr std::size_t kEventBytesMax = std::size_t{1} << 20U;
/// Of one poll, for who is behind the first to be shown one.
inline constexpr std::size_t kPagesKept = 64;
/// Their connections' numbers in a journal, above those of other connections.
inline constexpr std::uint64_t kWatcherNumbers = std::uint64_t{1} << 32U;

/// What watchers saw from the run's begin to its end.
struct Watched {
  unsigned watchers = 0;
  std::uint64_t pages = 0;  // that they were shown, all together
  unsigned lost = 0;        // connections that ended although the results were not final
  Histogram behind;         // of each page: how much later than the first who was shown it
};

class Watchers {
 public:
  /// Opens `count` connections, dealt out to endpoints and polls in turn, and waits until each was
  /// shown the results: EndpointError where one is not within kConnectTimeMax. All that is handed
  /// in lives longer.
  Watchers(std::span<const Endpoint> endpoints, const std::vector<Target>& polls, unsigned count);
  ~Watchers();

  /// The run begins now. `journal`: null: none.
  void begin(Journal* journal);
  /// Ends them. Throws JournalError.
  Watched finish();

 private:
  struct Seat {
    const Endpoint* endpoint = nullptr;
    std::size_t poll = 0;
    std::uint64_t number = 0;
    Descriptor socket;
    std::string input;      // not complete yet
    unsigned status = 0;    // 0: no head yet
    bool has_page = false;  // was shown one
    bool is_final = false;
  };
  struct Page {
    std::string id;
    SteadyTime first;
  };

  void open(Seat& seat);
  void open_all();
  void wait();
  void watch();
  void ask(Seat& seat);
  void receive(Seat& seat);
  bool take(Seat& seat);
  bool take_head(Seat& seat);
  void take_block(Seat& seat, std::string_view block);
  void show(Seat& seat, std::string_view id, std::string_view page);
  void note_delay(std::size_t poll, std::string_view id);
  void lose(Seat& seat);

  const std::vector<Target>& polls_;
  Journal* journal_ = nullptr;
  Descriptor epoll_;
  std::vector<Seat> seats_;
  std::vector<std::deque<Page>> pages_;  // by poll, the newest last
  std::vector<char> buffer_;
  std::string lines_;
  Answers answers_;
  SteadyTime start_, now_;
  bool begun_ = false;
  Watched watched_;
  std::exception_ptr failure_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace vote::load
