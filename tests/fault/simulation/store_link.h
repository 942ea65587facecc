#pragma once
// A process's way to the store: each step of the store is a transaction on the server, begun some
// time after it was sent, committed some time after that, or lost, and answered later, or never.
#include "fault/simulation/process.h"

namespace vote::simulated {

/// The process lives longer.
std::unique_ptr<Transactions> link_to_store(Process& process);

}  // namespace vote::simulated
