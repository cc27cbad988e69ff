#include "nats/address_failures.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

using Kind = AddressFailures::Kind;

TEST(AddressFailuresTest, AServerRefusesUsIfAllItsListenersDo) {
  AddressFailures failures;
  EXPECT_FALSE(failures.refused_by_all());
  failures.note("nobody", Kind::kNobodyThere);
  EXPECT_FALSE(failures.refused_by_all());
  failures.note("no", Kind::kRefused);
  EXPECT_TRUE(failures.refused_by_all());
  EXPECT_EQ(failures.refusal(), "no");
  failures.note("mute", Kind::kOther);
  EXPECT_FALSE(failures.refused_by_all());
  EXPECT_EQ(failures.refusal(), "no");
}

TEST(AddressFailuresTest, ReportsAnAnswerRatherThanThatNobodyListens) {
  AddressFailures failures;
  failures.note("nobody", Kind::kNobodyThere);
  EXPECT_EQ(failures.most_informative("nobody", Kind::kNobodyThere), "nobody");
  failures.note("mute", Kind::kOther);
  EXPECT_EQ(failures.most_informative("mute", Kind::kOther), "mute");
  EXPECT_EQ(failures.most_informative("nobody", Kind::kNobodyThere), "mute");
}

}  // namespace
}  // namespace remaphore::nats
