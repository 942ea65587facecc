#include "config/exit_code.h"

#include <array>

namespace vote {
namespace {

constexpr std::array<ExitCodeEntry, 15> kEntries{{
    {ExitCode::ok, "done"},
    {ExitCode::failed, "failed, for a reason that no other status names"},
    {ExitCode::usage, "flags or arguments that make no sense"},
    {ExitCode::unauthorized, "no token, or one that does not hold"},
    {ExitCode::forbidden, "not allowed to whoever asks"},
    {ExitCode::not_found, "no such poll, user, option or vote"},
    {ExitCode::conflict, "what stands is in the way: already voted, poll closed, name taken"},
    {ExitCode::refused, "the input was refused, or lines of it"},
    {ExitCode::unavailable, "no answer, or: try again later"},
    {ExitCode::config, "the configuration or the secret file cannot be used"},
    {ExitCode::storage, "a store or queue cannot be used: locked, full, newer, no database"},
    {ExitCode::violated, "the judge found votes that are lost, doubled or miscounted"},
    {ExitCode::repaired, "counts differed and were repaired"},
    {ExitCode::unrepaired, "counts differ for good, or undecided votes hold a poll back"},
    {ExitCode::inconclusive, "the judge found nothing wrong, but lacks evidence"},
}};

}  // namespace

std::span<const ExitCodeEntry> exit_codes() {
  return kEntries;
}

}  // namespace vote
