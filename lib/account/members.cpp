#include "account/members.h"

#include <nlohmann/json.hpp>

namespace vote {
namespace {

constexpr std::size_t kMembersUsual = 8;

}  // namespace

// What nlohmann::json::sax_parse calls; false ends the parse.
class MembersReader {
 public:
  explicit MembersReader(Members& members) : members_(members) {}

  bool null() { return keep(Members::Other{}); }
  bool boolean(bool value) { return keep(value); }
  bool number_integer(std::int64_t value) { return keep(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) { return keep(static_cast<double>(value)); }
  bool number_float(double value, const std::string& /*text*/) { return keep(value); }
  bool string(std::string& value) { return keep(std::move(value)); }
  bool binary(nlohmann::json::binary_t& /*value*/) { return false; }
  bool key(std::string& name) {
    if (depth_ != 1) return true;
    if (members_.find(name) != nullptr) return false;
    members_.members_.emplace_back(std::move(name), Members::Other{});
    return true;
  }
  bool start_object(std::size_t /*size*/) { return ++depth_ <= Members::kDepthMax; }
  bool start_array(std::size_t /*size*/) { return depth_ > 0 && ++depth_ <= Members::kDepthMax; }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) {
    return false;
  }

 private:
  bool keep(Members::Value value) {
    if (depth_ == 1) members_.members_.back().second = std::move(value);
    return depth_ > 0;
  }
  bool leave() {
    --depth_;
    return true;
  }

  Members& members_;
  std::size_t depth_ = 0;
};

std::optional<Members> Members::parse(std::string_view text) {
  Members members;
  members.members_.reserve(kMembersUsual);
  MembersReader reader(members);
  if (!nlohmann::json::sax_parse(text, &reader)) return std::nullopt;
  return members;
}

const Members::Value* Members::find(std::string_view name) const {
  for (const auto& [key, value] : members_)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace vote
