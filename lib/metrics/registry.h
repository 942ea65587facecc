#pragma once
// Shows a process's metrics (metrics/catalogue.h) in Prometheus's text format, 0.0.4, which
// prometheus-cpp writes. Parts count for themselves (metrics/counter.h); the numbers are collected
// when somebody asks.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/counter.h"

namespace vote::metrics {

/// The Content-Type of what `Registry::exposition` gives.
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

using Labels = std::vector<std::pair<std::string, std::string>>;

/// All metrics of one moment, as they are written down.
class Sheet {
 public:
  Sheet();
  ~Sheet();
  Sheet(const Sheet&) = delete;

  /// Of a counter or a gauge.
  void add(const Metric& metric, double value, const Labels& labels = {});
  void add(const Metric& metric, const Counter& counter, const Labels& labels = {});
  void add(const Metric& metric, const Histogram& histogram, const Labels& labels = {});

  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

/// Filled before anybody asks it; then any thread may, several at once too.
class Registry {
 public:
  /// Writes down what one part knows, on the thread that asks. It may block a little; it must not
  /// throw.
  using Source = std::function<void(Sheet& sheet)>;

  void add(Source source) { sources_.push_back(std::move(source)); }
  std::string exposition() const;

 private:
  std::vector<Source> sources_;
};

}  // namespace vote::metrics
