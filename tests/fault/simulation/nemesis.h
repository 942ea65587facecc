#pragma once
// What goes wrong with servers and processes, when, and for how long, as drawn. One thread.
#include <vector>

#include "fault/simulation/house.h"

namespace vote::simulated {

class Nemesis {
 public:
  Nemesis(Environment& world, House& house) : world_(world), house_(house) {}
  /// Until `end`, some times and at least kAttacksMin.
  void start(Duration end);
  /// Everything can be reached and runs again.
  void heal();

  static constexpr std::uint64_t kAttacksMin = 6;

 private:
  void attack(Kind kind);
  void attack_server(Kind kind);
  void attack_cache(Kind kind);
  void attack_api(Kind kind);
  void attack_worker(Kind kind);
  void attack_reconcile(Kind kind);
  void cut_off_from_the_store(Duration length);
  void let_a_lease_run_out();
  Duration some(Duration most);

  Environment& world_;
  House& house_;
  Host host_;
};

}  // namespace vote::simulated
