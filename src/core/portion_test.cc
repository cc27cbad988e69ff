#include "core/portion.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

std::size_t of(std::string_view text, std::size_t awaited) {
  const auto count = Portion::parse(text);
  return count ? count->of(awaited) : SIZE_MAX;
}

TEST(PortionTest, AllAreAsManyAsAreAwaited) {
  EXPECT_EQ(of("all", 1), 1u);
  EXPECT_EQ(of("all", 17), 17u);
}

TEST(PortionTest, NoneIsTakenWhereItMakesSense) {
  EXPECT_EQ(*Portion::parse_or_none("0"), std::nullopt);
  EXPECT_EQ((*Portion::parse_or_none("50%"))->of(4), 2u);
  EXPECT_EQ(Portion::parse_or_none("0%").error().message,
            "must be 0, all, a number from 1 to 10000 or a percentage from 1% to 100%, not \"0%\"");
}

TEST(PortionTest, ANumberIsThatManyEvenIfThereAreFewer) {
  EXPECT_EQ(of("1", 5), 1u);
  EXPECT_EQ(of("10000", 5), 10000u);
}

TEST(PortionTest, APercentageIsRoundedUp) {
  EXPECT_EQ(of("1%", 1), 1u);
  EXPECT_EQ(of("50%", 4), 2u);
  EXPECT_EQ(of("50%", 5), 3u);
  EXPECT_EQ(of("51%", 100), 51u);
  EXPECT_EQ(of("67%", 3), 3u);
  EXPECT_EQ(of("66%", 3), 2u);
  EXPECT_EQ(of("1%", 100), 1u);
  EXPECT_EQ(of("1%", 101), 2u);
  for (std::size_t awaited = 1; awaited < 300; ++awaited) EXPECT_EQ(of("100%", awaited), awaited);
}

TEST(PortionTest, APercentageIsAtLeastOne) { EXPECT_EQ(of("1%", 0), 1u); }

TEST(PortionTest, AListIsSeparatedByCommas) {
  const auto counts = Portion::parse_list("1, 10%,all");
  ASSERT_TRUE(counts);
  ASSERT_EQ(counts->size(), 3u);
  EXPECT_EQ((*counts)[0].of(40), 1u);
  EXPECT_EQ((*counts)[1].of(40), 4u);
  EXPECT_EQ((*counts)[2].of(40), 40u);
  for (const char* text : {"", ",", "1,", ",1", "1,,2", "1;2", "1,0"}) EXPECT_FALSE(Portion::parse_list(text)) << text;
}

TEST(PortionTest, RefusesEverythingElse) {
  for (const char* text : {"", "0", "0%", "101%", "10001", "-1", "+1", "1.5", "50 %", "%", "All", "any", " 1", "1 ",
                           "0x1", "4294967297", "50%%", "all%"}) {
    const auto count = Portion::parse(text);
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error().code, Errc::kFormat);
    EXPECT_EQ(
        count.error().message,
        std::string("must be all, a number from 1 to 10000 or a percentage from 1% to 100%, not \"") + text + '"');
  }
}

}  // namespace
}  // namespace remaphore
