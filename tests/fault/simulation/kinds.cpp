#include "fault/simulation/kinds.h"

namespace vote::simulated {
namespace {

constexpr std::array<std::string_view, kKinds> kNames = {
    "append delayed",
    "append doubled",
    "append lost",
    "append's ack lost",
    "append landed late",
    "client's request lost",
    "client's answer lost",
    "cache message lost",
    "cache answer lost",
    "store call lost",
    "commit lost",
    "commit's answer lost",
    "commit late",
    "transaction paused",
    "store down",
    "store set back",
    "positions reset",
    "store cut off",
    "queue down",
    "queue cut off",
    "leadership moved",
    "cache emptied",
    "cache lost some",
    "cache down, back empty",
    "cache cut off",
    "API killed",
    "API killed at a call",
    "API slept",
    "API restarted",
    "API's clock jumped",
    "lease ran out",
    "worker killed",
    "worker killed at a call",
    "worker slept",
    "worker joined",
    "worker left",
    "reconcile killed",
    "reconcile killed at a call",
    "reconcile slept",
    "poll closed by hand",
    "poll ended",
};

}  // namespace

std::string_view name(Kind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace vote::simulated
