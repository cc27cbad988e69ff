#include "core/destination.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace remaphore {
namespace {

using destination::matches;

TEST(DestinationTest, WithoutWildcardsIsEquality) {
  EXPECT_TRUE(matches("com.a.b", "com.a.b"));
  EXPECT_TRUE(matches("", ""));
  for (const char* pattern : {"com.a", "com.a.b.c", "com.a.B", "com.a.b.", ".com.a.b", "com..a.b", ""}) {
    EXPECT_FALSE(matches("com.a.b", pattern)) << pattern;
  }
}

TEST(DestinationTest, OneStarStandsForAnythingInsideItsSegment) {
  EXPECT_TRUE(matches("web1.db", "web*.db"));
  EXPECT_TRUE(matches("web.db", "web*.db"));
  EXPECT_TRUE(matches("web1.db", "*.db"));
  EXPECT_TRUE(matches("abcz", "a*z"));
  EXPECT_FALSE(matches("web.x.db", "web*.db"));
  EXPECT_FALSE(matches("web1.db", "web*"));
  EXPECT_FALSE(matches("abc", "a*b*c"));  // one a segment
}

TEST(DestinationTest, TwoStarsAtTheEndStandForOneSegmentOrMore) {
  EXPECT_TRUE(matches("net.a", "net.**"));
  EXPECT_TRUE(matches("net.a.b.c", "net.**"));
  EXPECT_TRUE(matches("net", "**"));
  EXPECT_FALSE(matches("net", "net.**"));
  EXPECT_FALSE(matches("a.b", "**.b"));
  EXPECT_FALSE(matches("a.x.b", "a.**.b"));
}

TEST(DestinationTest, ANameWithAStarIsMatchedByNothing) {
  for (const char* pattern : {"a*", "**", "*", "a*.b", "a**"}) EXPECT_FALSE(matches("a*", pattern)) << pattern;
}

TEST(DestinationTest, TakesAnyBytes) {
  EXPECT_FALSE(matches("net", "network*"));  // a shorter segment than the pattern's fixed part
  EXPECT_TRUE(matches(std::string_view("a\0b.c", 5), std::string_view("a\0*.c", 5)));
  EXPECT_TRUE(matches("\xff\xfe", "\xff*"));
  const std::string long_name(100000, '.');
  EXPECT_TRUE(matches(long_name, long_name));
  std::mt19937 random(3);
  const std::string_view alphabet = "ab.*";
  int matched = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string name(random() % 6, ' '), pattern(random() % 6, ' ');
    for (char& c : name) c = alphabet[random() % 3];
    for (char& c : pattern) c = alphabet[random() % 4];
    matched += matches(name, pattern);
  }
  EXPECT_GT(matched, 100);
}

}  // namespace
}  // namespace remaphore
