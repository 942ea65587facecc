#pragma once
// The scripts of sql/postgres/<schema>/NNNN-name.sql, in order, as built in. Internal to postgres/.
#include <span>
#include <string_view>

namespace vote::postgres {

struct Script {
  std::string_view schema;
  std::string_view name;
  std::string_view sql;
};
extern const std::span<const Script> kScripts;

}  // namespace vote::postgres
