#include "vote/ids.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(Uuid, ReadsBothCasesAndWritesLower) {
  const auto uuid = Uuid::parse("0190ABCD-ef01-7234-8567-89abCDEF0123");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->text(), "0190abcd-ef01-7234-8567-89abcdef0123");
}

TEST(Uuid, RefusesWhatIsNone) {
  for (const char* text :
       {"", "0190abcd-ef01-7234-8567-89abcdef012", "0190abcd-ef01-7234-8567-89abcdef01234",
        "0190abcdef01-7234-8567-89abcdef01234-", "0190abcd-ef01-7234-8567-89abcdef012g",
        "{190abcd-ef01-7234-8567-89abcdef0123}", "0190abcd_ef01_7234_8567_89abcdef0123"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
}

TEST(Uuid, GoesThroughItsBytes) {
  const auto uuid = Uuid::parse("0190abcd-ef01-7234-8567-89abcdef0123");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(Uuid::of_bytes(uuid->raw()), uuid);
  EXPECT_FALSE(Uuid::of_bytes("short"));
}

TEST(Uuid, OfVersionSevenHoldsTimeVersionAndVariant) {
  const std::array<std::uint8_t, 10> random{0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                            0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  const Uuid uuid = Uuid::version7(time_of(0x0190ABCDEF01 * 1000LL + 999), random);
  EXPECT_EQ(uuid.text(), "0190abcd-ef01-7fff-bfff-ffffffffffff");
}

TEST(Uuid, OfVersionSevenSortsByTime) {
  const std::array<std::uint8_t, 10> high{0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  const std::array<std::uint8_t, 10> low{};
  EXPECT_LT(Uuid::version7(time_of(1'000'000), high), Uuid::version7(time_of(1'001'000), low));
}

}  // namespace
}  // namespace vote
