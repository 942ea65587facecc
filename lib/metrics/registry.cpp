#include "metrics/registry.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

namespace vote::metrics {
namespace {

prometheus::MetricType type_of(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return prometheus::MetricType::Counter;
    case Kind::gauge:
      return prometheus::MetricType::Gauge;
    case Kind::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric::Histogram shown(const Histogram& histogram) {
  prometheus::ClientMetric::Histogram out;
  const Buckets& buckets = histogram.buckets();
  for (std::size_t i = 0; i <= Buckets::kBounds; ++i) {
    out.sample_count += histogram.in_bucket(i);
    const double bound = i < Buckets::kBounds
                             ? static_cast<double>(buckets.bounds.at(i)) / buckets.per_unit
                             : std::numeric_limits<double>::infinity();
    out.bucket.push_back({out.sample_count, bound});
  }
  out.sample_sum = static_cast<double>(histogram.sum()) / buckets.per_unit;
  return out;
}

}  // namespace

struct Sheet::Families {
  std::vector<prometheus::MetricFamily> all;

  prometheus::ClientMetric& add(const Metric& metric, const Labels& labels) {
    auto family = std::find_if(all.begin(), all.end(),
                               [&](const auto& each) { return each.name == metric.name; });
    if (family == all.end()) {
      all.push_back({std::string(metric.name), std::string(metric.help), type_of(metric.kind), {}});
      family = std::prev(all.end());
    }
    auto& added = family->metric.emplace_back();
    for (const auto& [name, value] : labels) added.label.push_back({name, value});
    return added;
  }
};

Sheet::Sheet() : families_(std::make_unique<Families>()) {}
Sheet::~Sheet() = default;

void Sheet::add(const Metric& metric, double value, const Labels& labels) {
  prometheus::ClientMetric& added = families_->add(metric, labels);
  if (metric.kind == Kind::counter)
    added.counter.value = value;
  else
    added.gauge.value = value;
}

void Sheet::add(const Metric& metric, const Counter& counter, const Labels& labels) {
  add(metric, static_cast<double>(counter.value()), labels);
}

void Sheet::add(const Metric& metric, const Histogram& histogram, const Labels& labels) {
  families_->add(metric, labels).histogram = shown(histogram);
}

std::string Sheet::text() const {
  return prometheus::TextSerializer().Serialize(families_->all);
}

std::string Registry::exposition() const {
  Sheet sheet;
  for (const Source& source : sources_) source(sheet);
  return sheet.text();
}

}  // namespace vote::metrics
