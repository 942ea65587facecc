#pragma once
// How vote-loadgen's judge reaches the store and the queue that the configuration names: a table of
// its own beside backend.h's, so that only that program carries the judge.
#include "config/config.h"
#include "load/verify.h"
#include "runtime/clock.h"

namespace vote::program {

/// Each call of it throws ConfigError (a store that has no judge) or StorageError. `config` and
/// `clock` live longer.
load::Backends witnesses_of(const Config& config, const Clock& clock);

}  // namespace vote::program
