#include "app/refusal_text.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using std::chrono::seconds;

TEST(RefusalTextTest, NamesThePeerWhoseKeyItClaims) {
  const Peer peer{"com.\x1bx", "KEY", VerbList("*"), 1};
  EXPECT_EQ(claimed_by({RefusalCode::kSignature, "wrong", &peer, {}}), " that claims to be from com.\\x1bx");
  EXPECT_EQ(claimed_by({RefusalCode::kPeer, "unknown", nullptr, {}}), "");
}

TEST(RefusalTextTest, ReportsHowFarTheClocksAreApart) {
  EXPECT_EQ(reason_of({RefusalCode::kSkew, "clock skew", nullptr, -seconds(12)}, seconds(3)),
            "its time is 12s behind our clock (allow_skew is 3s)");
  EXPECT_EQ(reason_of({RefusalCode::kSkew, "clock skew", nullptr, seconds(90)}, seconds(3)),
            "its time is 1m30s ahead of our clock (allow_skew is 3s)");
  EXPECT_EQ(reason_of({RefusalCode::kSkew, "clock skew", nullptr, Duration::max()}, seconds(3)),
            "its time is 106751d ahead of our clock (allow_skew is 3s)");
  EXPECT_EQ(reason_of({RefusalCode::kSkew, "clock skew", nullptr, -Duration::max()}, seconds(3)),
            "its time is 106751d behind our clock (allow_skew is 3s)");
}

TEST(RefusalTextTest, RepeatsAnyOtherReason) {
  EXPECT_EQ(reason_of({RefusalCode::kPeer, "its key belongs to no configured peer", nullptr, {}}, seconds(3)),
            "its key belongs to no configured peer");
}

TEST(RefusalTextTest, QuotesTheFieldsOfAMessage) {
  EXPECT_EQ(fields_of("KEY,SIG,com.*,1,61,de\x1bploy,_,payload"), " (verb \"de\\x1bploy\" to \"com.*\", key \"KEY\")");
  EXPECT_EQ(fields_of("no message"), "");
}

}  // namespace
}  // namespace remaphore
