#pragma once
// Who uses the simulated system: voters, who vote, send again, vote a second time, change and
// revoke; readers of results; whoever closes a poll by hand. Each is a fiber of its own.
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "fault/simulation/parts.h"
#include "fault/simulation/testimony.h"

namespace vote::simulated {

/// The APIs as a balancer knows them: a name each, behind which there is one process, or none.
using Apis = std::vector<std::shared_ptr<Api>>;

class Clients {
 public:
  Clients(Environment& world, Records& records, const Apis& apis)
      : world_(world), records_(records), apis_(apis) {}

  /// One voter's doings in one poll, from `begin` on.
  void add_voter(std::size_t poll, UserId voter, Duration begin);
  /// Reads all polls by turns until everything is calm, by one API.
  void add_reader(std::size_t api);
  /// Those that are still busy; readers are not counted.
  std::size_t busy() const { return busy_; }
  /// Voters without a certain answer ask again from now on, until they have one.
  void ask_for_certainty() { certainty_ = true; }

  std::vector<Poll> polls;

 private:
  struct Wish {
    load::Kind kind;
    std::size_t poll;
    UserId voter;
    RequestId key;
    load::Positions options;
    bool has_key = true;  // of its own: else the API makes one, and it is sent once
  };
  /// What makes two tries one request: kind, poll, voter, key, options in order.
  using Request = std::tuple<load::Kind, std::size_t, UserId, RequestId, load::Positions>;
  enum class Heard { nothing, counted, refused, not_now };
  struct Connection {
    std::shared_ptr<Api> process;  // at its other end; null: it is to be made
    std::uint64_t number = 0;
  };

  void run(std::function<void()> body);
  Wish wish(load::Kind kind, std::size_t poll, UserId voter);
  load::Positions choice(const Poll& poll);
  void vote(std::size_t poll, UserId voter);
  void change_some(std::size_t poll, UserId voter);
  void insist(const Wish& wish);
  void insist_after_all(const Wish& wish);
  Heard attempt(const Wish& wish);
  static Request request_of(const Wish& wish);
  void look_at_the_end(const Wish& wish, unsigned status);
  CastVote vote_of(const Wish& wish) const;
  void read(std::size_t poll, std::size_t api, Connection& connection);

  Environment& world_;
  Records& records_;
  const Apis& apis_;
  Host host_;
  std::size_t busy_ = 0;
  bool certainty_ = false;
  std::uint64_t connections_ = 0;
  std::uint32_t requests_ = 0;
  std::map<Request, Duration> first_sent_;
};

/// An id that is told from others by its number.
Uuid numbered_id(Chance& chance, std::uint32_t number);
/// What an API shows, as the journal has it.
load::Shown shown_of(const api::ResultsPage& page);

}  // namespace vote::simulated
