#include "core/subject.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(SubjectTest, AcceptsDottedTokens) {
  for (const char* text : {"remaphore", "a.b.c", "a-b_c", "UPPER.1", "$x", "\xc3\xa4.\xc3\xb6", "a/b", "a,b"}) {
    EXPECT_TRUE(subject::check(text)) << text;
  }
  EXPECT_TRUE(subject::check(std::string(subject::kMaxBytes, 'x')));
}

TEST(SubjectTest, RefusesWhatWouldInjectIntoTheProtocolOrCatchReplies) {
  for (const char* text : {"",      ".", "a.",  ".a",    "a..b", "all evil", "a\tb", "a\r\nPUB x 0", "a\nb", "a\x7f",
                           "a\x01", "*", "a.*", "a.*.b", ">",    "a.>",      "a*b",  "a>b",          " a",   "a "}) {
    const auto refused = subject::check(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::kUsage);
    EXPECT_EQ(refused.error().message.find("not a usable subject: \""), 0u);
    EXPECT_EQ(refused.error().message.find('\n'), std::string::npos);
  }
  EXPECT_FALSE(subject::check(std::string_view("a\0b", 3)));
  EXPECT_FALSE(subject::check(std::string(subject::kMaxBytes + 1, 'x')));
}

TEST(SubjectTest, BroadcastsUnderTheConfiguredOne) {
  EXPECT_EQ(subject::broadcast("remaphore", "all"), "remaphore.all");
  EXPECT_EQ(subject::broadcast("a.b", "c.d"), "a.b.c.d");
}

TEST(SubjectTest, RepliesUnderTheHashOfTheRequest) {
  Digest hash;
  hash.bytes[0] = 0xab;
  hash.bytes[31] = 0x01;
  EXPECT_EQ(subject::reply("remaphore", hash), "remaphore.ab" + std::string(60, '0') + "01");
  EXPECT_TRUE(subject::check(subject::reply("remaphore", hash)));
}

}  // namespace
}  // namespace remaphore
