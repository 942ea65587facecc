#pragma once
// Choices as small numbers, so that millions of them fit in memory. A choice is the positions of a
// ballot's options in their poll, 1 and up. One thread.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vote::load {

using Positions = std::vector<std::uint16_t>;
using ChoiceNumber = std::uint32_t;
/// Of the empty choice: a ballot that was revoked.
inline constexpr ChoiceNumber kNoOption = 0;

class Choices {
 public:
  Choices();

  /// Equal sets of positions have equal numbers, in whatever order they come.
  ChoiceNumber number_of(Positions positions);
  /// The same of a JSON array, "[2,5]". Nothing where the text is none.
  std::optional<ChoiceNumber> number_of(std::string_view json);
  const Positions& positions(ChoiceNumber number) const { return known_[number]; }
  /// "[2,5]"
  std::string text(ChoiceNumber number) const;

 private:
  std::map<Positions, ChoiceNumber> numbers_;
  std::vector<Positions> known_;
};

}  // namespace vote::load
