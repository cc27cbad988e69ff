#include "base/duration.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// tests/vectors/durations.jsonl has Go's own results; these are the cases that a reader should see at a glance.
TEST(DurationTest, ReadsGoSyntax) {
  EXPECT_EQ(*parse_duration("1h2m3s4ms"), hours(1) + minutes(2) + seconds(3) + milliseconds(4));
  EXPECT_EQ(*parse_duration("1.5h"), minutes(90));
  EXPECT_EQ(*parse_duration("300us"), std::chrono::microseconds(300));
  EXPECT_EQ(*parse_duration("300\u00b5s"), std::chrono::microseconds(300));
  EXPECT_EQ(*parse_duration("300\u03bcs"), std::chrono::microseconds(300));
  EXPECT_EQ(*parse_duration("0"), seconds(0));
  EXPECT_EQ(*parse_duration("-0"), seconds(0));
  EXPECT_EQ(*parse_duration("-1.5s"), milliseconds(-1500));
}

TEST(DurationTest, QuotesWhatItRefuses) {
  const auto refused = parse_duration("5\x1b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFormat);
  EXPECT_EQ(refused.error().message, "not a duration like 10s or 1h30m: \"5\\x1b\"");
}

TEST(DurationTest, RefusesWhatDoesNotFitIntoSixtyFourBits) {
  EXPECT_EQ(parse_duration("9223372036854775807ns")->count(), INT64_MAX);
  EXPECT_EQ(parse_duration("-9223372036854775808ns")->count(), INT64_MIN);
  for (const char* text : {"9223372036854775808ns", "-9223372036854775809ns", "2562048h", "18446744073709551616ns",
                           "99999999999999999999999h", "2562047h47m17s", "9223372036854775807ns1ns"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(DurationTest, RefusesNumbersWithoutUnitsAndUnitsWithoutNumbers) {
  for (const char* text : {"", "+", "-", "5", "00", "s", ".s", "1.2.3s", "1d", "1S", " 1s", "1s ", "1 s", "1e3s",
                           "0x1s", "1h-1m", "--1s", "\u00b5s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_FALSE(parse_duration(std::string_view("1s\0", 3)));
}

TEST(DurationTest, IsWrittenForPeople) {
  const std::pair<Duration, const char*> cases[] = {
      {seconds(0), "0s"},
      {Duration(1), "1us"},
      {Duration(1001), "2us"},
      {milliseconds(12), "12ms"},
      {milliseconds(999), "999ms"},
      {seconds(3), "3s"},
      {milliseconds(2500), "2.5s"},
      {milliseconds(2550), "2.5s"},
      {seconds(60), "1m"},
      {seconds(61), "1m1s"},
      {seconds(3600), "1h"},
      {minutes(90), "1h30m"},
      {hours(47), "47h"},
      {hours(48), "2d"},
      {-seconds(12), "-12s"},
      {Duration::max(), "106751d"},
      {Duration::min(), "-106751d"},
  };
  for (const auto& [duration, text] : cases) EXPECT_EQ(format_duration(duration), text);
}

}  // namespace
}  // namespace remaphore
