#include "command/choice.h"

#include <gtest/gtest.h>

namespace vote::command {
namespace {

PollOption option(unsigned number, std::string text) {
  Uuid uuid;
  uuid.bytes.back() = static_cast<std::uint8_t>(number);
  return {{uuid}, std::move(text)};
}

/// The position (from 1) of what is found; 0 where it is refused.
unsigned found(const Choices& choices, std::string_view name) {
  const auto id = choices.find(name);
  if (id) return id->uuid.bytes.back();
  EXPECT_EQ(id.error().code, Code::invalid_option);
  return 0;
}

const Choices kDrinks({option(1, "Green tea"), option(2, "Coffee"), option(3, "ČAJ")});

TEST(Choices, AnOptionIsNamedByTextNumberOrId) {
  EXPECT_EQ(found(kDrinks, "Coffee"), 2U);
  EXPECT_EQ(found(kDrinks, "2"), 2U);
  EXPECT_EQ(found(kDrinks, "00000000-0000-0000-0000-000000000002"), 2U);
}

TEST(Choices, CaseDoesNotMatterWhereOnlyOneOptionHasTheText) {
  EXPECT_EQ(found(kDrinks, "GREEN TEA"), 1U);
  EXPECT_EQ(found(kDrinks, "čaj"), 3U);
  const Choices alike({option(1, "tea"), option(2, "TEA")});
  EXPECT_EQ(found(alike, "TEA"), 2U);
  EXPECT_EQ(found(alike, "Tea"), 0U);
}

TEST(Choices, ATextThatIsANumberGoesBeforeThePosition) {
  const Choices counts({option(1, "2"), option(2, "1"), option(3, "5")});
  EXPECT_EQ(found(counts, "2"), 1U);
  EXPECT_EQ(found(counts, "1"), 2U);
  EXPECT_EQ(found(counts, "3"), 3U);
}

TEST(Choices, WhatIsNoOptionIsRefused) {
  for (const char* name : {"", "0", "4", "-1", "2 ", "1e0", "Coffee ", "99999999999999999999",
                           "00000000-0000-0000-0000-000000000009"})
    EXPECT_EQ(found(kDrinks, name), 0U) << name;
}

TEST(Choices, ARefusalSaysWhatThereIsToChooseFrom) {
  const auto refused = kDrinks.find_all({"Coffee", "steak"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail,
            "'steak' is no option of this poll; its options are 1 'Green tea', 2 'Coffee', "
            "3 'ČAJ'");
}

TEST(Choices, LongListsAreNotNamedToTheEnd) {
  std::vector<PollOption> many;
  for (unsigned i = 1; i <= 12; ++i) many.push_back(option(i, "o" + std::to_string(i)));
  const auto refused = Choices(many).find("x");
  EXPECT_TRUE(refused.error().detail.ends_with("10 'o10' and 2 more")) << refused.error().detail;
}

TEST(Choices, TextsAreFoundByIdAndStrangeIdsStay) {
  EXPECT_EQ(kDrinks.text_of("00000000-0000-0000-0000-000000000001"), "Green tea");
  EXPECT_EQ(kDrinks.text_of("00000000-0000-0000-0000-000000000009"),
            "00000000-0000-0000-0000-000000000009");
}

}  // namespace
}  // namespace vote::command
