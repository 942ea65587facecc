#pragma once
// The one table of all keys: section, name, where in Config, what is checked. File, environment,
// flags and what is printed are all served from it. Internal to config/.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"
#include "config/value.h"

namespace vote {

/// A field of Config and the check of its values: what is wrong ("must be …"), or nothing.
template <class T>
struct Setting {
  std::function<T&(Config& config)> field;
  std::function<std::string(const T& value)> check;
};

struct Key {
  std::string section;
  std::string name;
  std::variant<Setting<std::string>, Setting<std::vector<std::string>>, Setting<bool>,
               Setting<std::uint32_t>, Setting<std::uint64_t>, Setting<Duration>>
      setting;
  bool is_secret = false;

  std::string path() const { return section + '.' + name; }
  /// "VOTE_SECTION_KEY"
  std::string variable() const;
  /// Sets it; answers what is wrong with the value, or nothing.
  std::string set(Config& config, const Value& value) const;
  std::string show(const Config& config) const;
};

/// In the order in which they are printed; the keys of a section stand together.
std::span<const Key> keys();
/// Also of what [queue.kafka] hands through: "kafka.linger.ms" in section "queue". Nothing where
/// there is none.
std::optional<Key> find_key(std::string_view section, std::string_view name);
/// Those of [queue.kafka], for what it has.
std::vector<Key> kafka_keys(const Config& config);

}  // namespace vote
