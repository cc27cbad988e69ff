#include "core/value_kind.h"

#include <gtest/gtest.h>

#include <chrono>

namespace remaphore {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr ValueRule kLease{ValueKind::kDuration, Bounds(Duration(seconds(2)), Duration(minutes(5))), {}};
constexpr ValueRule kStatus{ValueKind::kNumber, Bounds(0, 255), {}};

TEST(ValueKindTest, BoundsDurations) {
  for (const char* inside : {"2s", "5m", "2500ms"}) EXPECT_EQ(value_fault(kLease, inside), "") << inside;
  EXPECT_EQ(value_fault(kLease, "1s"), " takes a duration from 2s to 5m, not \"1s\"");
  EXPECT_EQ(value_fault(kLease, "1h"), " takes a duration from 2s to 5m, not \"1h\"");
  EXPECT_EQ(value_fault(kLease, "-3s"), " must not be negative: \"-3s\"");
  EXPECT_EQ(value_fault({ValueKind::kDuration}, "0"), "");
  EXPECT_EQ(bounds_text(kLease), "2s to 5m");
}

TEST(ValueKindTest, BoundsNumbers) {
  for (const char* inside : {"0", "255"}) EXPECT_EQ(value_fault(kStatus, inside), "") << inside;
  for (const char* outside : {"256", "-1", "x", "1x", "+1", "4294967296"}) {
    EXPECT_EQ(value_fault(kStatus, outside), std::string(" takes a number from 0 to 255, not \"") + outside + "\"");
  }
  EXPECT_EQ(parse_number("0", kStatus.bounds), 0u);
  EXPECT_EQ(parse_number("0", {}), std::nullopt);
  EXPECT_EQ(parse_number("10000", {}), 10'000u);
  EXPECT_EQ(bounds_text(kStatus), "0 to 255");
  EXPECT_EQ(bounds_text({ValueKind::kNumber}), "");
}

TEST(ValueKindTest, KnowsEveryKindOfCount) {
  EXPECT_EQ(value_fault({ValueKind::kCount}, "10%"), "");
  EXPECT_NE(value_fault({ValueKind::kCount}, "0"), "");
  EXPECT_EQ(value_fault({ValueKind::kCountOrNone}, "0"), "");
  EXPECT_EQ(value_fault({ValueKind::kCounts}, "1,10%"), "");
  EXPECT_NE(value_fault({ValueKind::kCounts}, "1,,2"), "");
}

TEST(ValueKindTest, ListsTheChoices) {
  const ValueRule order{ValueKind::kChoice, {}, "name|random|given"};
  EXPECT_EQ(value_fault(order, "given"), "");
  EXPECT_EQ(value_fault(order, "name|random"), " takes name, random or given, not \"name|random\"");
}

TEST(ValueKindTest, TakesAnyTextWhereTheModeKnowsMore) {
  for (const ValueKind kind : {ValueKind::kText, ValueKind::kFile, ValueKind::kDirectory, ValueKind::kDestination,
                               ValueKind::kVerb, ValueKind::kPublicKey, ValueKind::kNode}) {
    EXPECT_EQ(value_fault({kind}, "any thing"), "");
  }
}

}  // namespace
}  // namespace remaphore
