#include "core/name_range.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Names = std::vector<std::string>;

Names spelled(std::string_view text) {
  auto names = expand_names(text);
  return names ? *names : Names{"ERROR"};
}

TEST(NameRangeTest, SpellsNumbersAndRanges) {
  EXPECT_EQ(spelled("db[1-3]"), (Names{"db1", "db2", "db3"}));
  EXPECT_EQ(spelled("db[7]"), Names{"db7"});
  EXPECT_EQ(spelled("com.x.web[9-11,20].eu"),
            (Names{"com.x.web9.eu", "com.x.web10.eu", "com.x.web11.eu", "com.x.web20.eu"}));
  EXPECT_EQ(spelled("plain"), Names{"plain"});
}

TEST(NameRangeTest, KeepsTheWidthOfARangeThatStartsWithZero) {
  EXPECT_EQ(spelled("web[08-10,20]"), (Names{"web08", "web09", "web10", "web20"}));
  EXPECT_EQ(spelled("n[0-2]"), (Names{"n0", "n1", "n2"}));
  EXPECT_EQ(spelled("n[000]"), Names{"n000"});
}

TEST(NameRangeTest, CountsSeveralBracketsThroughTheLastOneFastest) {
  EXPECT_EQ(spelled("r[1-2]n[1-2]"), (Names{"r1n1", "r1n2", "r2n1", "r2n2"}));
}

TEST(NameRangeTest, TrimsBlanksInsideABracket) { EXPECT_EQ(spelled("db[ 1 , 3 ]"), (Names{"db1", "db3"})); }

TEST(NameRangeTest, ReachesItsLimitAndNotBeyond) {
  EXPECT_EQ(spelled("n[1-10000]").size(), kMaxExpandedNames);
  EXPECT_EQ(spelled("n[1-100]m[1-100]").size(), kMaxExpandedNames);
  for (const char* text : {"n[1-10001]", "n[1-999999999]", "n[0-999999999,0-999999999]", "n[1-100]m[1-101]",
                           "n[1-9999,1-2]", "a[1-9999]b[1-9999]c[1-9999]"}) {
    const auto names = expand_names(text);
    ASSERT_FALSE(names) << text;
    EXPECT_EQ(names.error().message, std::string("\"") + text + "\" stands for more than 10000 names");
  }
}

TEST(NameRangeTest, RefusesEverythingElse) {
  for (const char* text :
       {"[",          "]",        "db[",     "db]",      "db[]",           "db[1",    "db1]",    "db[a]",
        "db[1-]",     "db[-1]",   "db[3-1]", "db[1,,2]", "db[1,]",         "db[[1]]", "db[1[2]", "db][",
        "db[01-100]", "db[1-03]", "db[+1]",  "db[1 2]",  "db[1234567890]", "db[0x1]"}) {
    const auto names = expand_names(text);
    ASSERT_FALSE(names) << text;
    EXPECT_EQ(names.error().code, Errc::kFormat);
    EXPECT_NE(names.error().message.find(text), std::string::npos);
  }
}

TEST(NameRangeTest, NamesWhatIsWrong) {
  EXPECT_EQ(
      expand_names("db[1,5-3]").error().message,
      "\"db[1,5-3]\" is not a valid name range such as db[1-5] or web[01-12,20]: not a number or a range: \"5-3\"");
}

TEST(NameRangeTest, RecognisesNamesWithBrackets) {
  EXPECT_TRUE(has_range("db[1-2]"));
  EXPECT_TRUE(has_range("db]"));
  EXPECT_FALSE(has_range("com.x.*"));
}

}  // namespace
}  // namespace remaphore
