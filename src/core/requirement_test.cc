#include "core/requirement.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

std::size_t of(std::string_view text, std::size_t awaited) {
  const auto requirement = Requirement::parse(text);
  return requirement ? requirement->of(awaited) : SIZE_MAX;
}

TEST(Requirement, AllAreAsManyAsAreAwaited) {
  EXPECT_EQ(of("all", 1), 1u);
  EXPECT_EQ(of("all", 17), 17u);
}

TEST(Requirement, ANumberIsThatManyEvenIfThereAreFewer) {
  EXPECT_EQ(of("1", 5), 1u);
  EXPECT_EQ(of("10000", 5), 10000u);
}

TEST(Requirement, APercentageIsRoundedUp) {
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

TEST(Requirement, RefusesEverythingElse) {
  for (const char* text : {"", "0", "0%", "101%", "10001", "-1", "+1", "1.5", "50 %", "%", "All", "any", " 1", "1 ",
                           "0x1", "4294967297", "50%%", "all%"}) {
    const auto requirement = Requirement::parse(text);
    ASSERT_FALSE(requirement) << text;
    EXPECT_EQ(requirement.error().code, Errc::kFormat);
    EXPECT_EQ(requirement.error().message,
              std::string("not all, a number from 1 to 10000 or a percentage from 1% to 100%: \"") + text + '"');
  }
}

}  // namespace
}  // namespace remaphore
