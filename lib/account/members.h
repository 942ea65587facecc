#pragma once
// The top-level members of a JSON object, as a token's header and claims need them. Internal to
// account/. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vote {

class Members {
 public:
  struct Other {};  // null, an object or an array
  using Value = std::variant<Other, bool, double, std::string>;

  /// Nothing where the text is not JSON, no object, nested deeper than kDepthMax, or names a member
  /// twice (RFC 7519 §4).
  static std::optional<Members> parse(std::string_view text);

  /// Null: there is none of that name.
  const Value* find(std::string_view name) const;
  template <class T>
  const T* find(std::string_view name) const {
    return std::get_if<T>(find(name));
  }

  static constexpr std::size_t kDepthMax = 8;

 private:
  std::vector<std::pair<std::string, Value>> members_;
};

}  // namespace vote
