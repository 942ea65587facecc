#pragma once
// The backends of the cache port that every suite here runs against.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "cache/memory/memory_cache.h"

namespace vote::test {

struct CacheBackend {
  std::string name;
  std::function<std::unique_ptr<Cache>(const Clock&)> make;
};

inline const CacheBackend kMemoryBackend{
    "Memory", [](const Clock& clock) { return std::make_unique<MemoryCache>(clock); }};

inline auto cache_backends() {
  return testing::Values(kMemoryBackend);
}

inline std::string name_of(const testing::TestParamInfo<CacheBackend>& tested) {
  return tested.param.name;
}

}  // namespace vote::test
