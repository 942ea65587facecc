#pragma once
// The one table of all keys: section, name, where in Config, what is checked. File, environment,
// flags and what is printed are all served from it. Internal to config/.
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

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
  std::string_view section;
  std::string_view name;
  std::variant<Setting<std::string>, Setting<std::vector<std::string>>, Setting<bool>,
               Setting<std::uint32_t>, Setting<std::uint64_t>, Setting<Duration>>
      setting;

  std::string path() const { return std::string(section) + '.' + std::string(name); }
  /// "VOTE_SECTION_KEY"
  std::string variable() const;
  /// Sets it; answers what is wrong with the value, or nothing.
  std::string set(Config& config, const Value& value) const;
  std::string show(const Config& config) const;
};

/// In the order in which they are printed; the keys of a section stand together.
std::span<const Key> keys();
/// Null: there is none.
const Key* find_key(std::string_view section, std::string_view name);

}  // namespace vote
