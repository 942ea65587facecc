#pragma once
// The scripts of sql/sqlite/<schema>/NNNN-name.sql, in order, as built in. Internal to sqlite/.
#include <span>
#include <string_view>

namespace vote::sqlite {

struct Script {
  std::string_view schema;
  std::string_view name;
  std::string_view sql;
};
extern const std::span<const Script> kScripts;

}  // namespace vote::sqlite
