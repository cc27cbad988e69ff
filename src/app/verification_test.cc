#include "app/verification.h"

#include <gtest/gtest.h>

#include <string>

#include "core/config_parser.h"
#include "support/fake_workers.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class VerificationTest : public testing::Test {
 protected:
  void push(std::uint8_t peer, int number, bool genuine = true) {
    std::string bytes = test::signed_by(peer, test::message_saying(std::to_string(number)));
    if (!genuine) bytes = test::forged(bytes);
    auto screened = screen_message(bytes, test::noon(), {config_.peers, filter_, config_.allow_skew, guard_});
    ASSERT_TRUE(screened) << screened.error().reason;
    ASSERT_TRUE(verification_.push(std::move(*screened)));
  }
  void push_large(int number) {
    const std::string bytes =
        test::signed_by(2, test::message_saying(std::to_string(number) + std::string(500'000, 'x')));
    auto screened = screen_message(bytes, test::noon(), {config_.peers, filter_, config_.allow_skew, guard_});
    ASSERT_TRUE(screened) << screened.error().reason;
    ASSERT_TRUE(verification_.push(std::move(*screened)));
  }
  // Payloads in the order in which they come; a wrong signature is "!".
  std::string drain(std::size_t checks) {
    Verification::Budget budget{.checks = checks, .bytes = 1u << 20};
    std::string order;
    while (auto checked = verification_.next(budget)) {
      const auto message = accept_message(std::move(*checked));
      order += message ? std::string(message->payload()) + " " : "! ";
    }
    return order;
  }
  static std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += std::to_string(i) + " ";
    return text;
  }
  static Config config() {
    const std::string text = test::config_text({2, 3});
    auto parsed = parse_config(std::vector<char>(text.begin(), text.end()), "test");
    EXPECT_TRUE(parsed) << parsed.error().message;
    return std::move(*parsed);
  }

  const Config config_ = config();
  const Filter filter_{};
  const ReplayGuard guard_{2};
  test::FakeWorkers workers_;
  Verification verification_{{}, &workers_};
};

TEST_F(VerificationTest, ChecksALittleByItself) {
  for (int i = 0; i < 10; ++i) push(2, i, i != 4);
  EXPECT_EQ(drain(100), "0 1 2 3 ! 5 6 7 8 9 ");
  EXPECT_TRUE(workers_.waiting.empty());
  EXPECT_TRUE(verification_.empty());
}

TEST_F(VerificationTest, HandsABacklogOverAndKeepsTheOrder) {
  for (int i = 0; i < 60; ++i) push(static_cast<std::uint8_t>(2 + i % 2), i);
  EXPECT_EQ(drain(0), "");
  EXPECT_EQ(workers_.waiting.size(), 60u);
  EXPECT_EQ(verification_.size(), 60u);
  workers_.work_backwards(59);
  EXPECT_EQ(drain(0), "");  // the first is not done
  EXPECT_TRUE(verification_.can_go_on());
  EXPECT_EQ(drain(1), numbers(0, 60));
  EXPECT_EQ(workers_.helped, 1);
  EXPECT_TRUE(verification_.empty());
  EXPECT_FALSE(verification_.can_go_on());
}

TEST_F(VerificationTest, HelpsAsMuchAsItsBudgetAllows) {
  for (int i = 0; i < 40; ++i) push(2, i);
  EXPECT_EQ(drain(15), numbers(0, 15));
  Verification::Budget few_bytes{.checks = 100, .bytes = 1};
  EXPECT_TRUE(verification_.next(few_bytes));
  EXPECT_FALSE(verification_.next(few_bytes));
  EXPECT_EQ(drain(100), numbers(16, 40));
}

TEST_F(VerificationTest, OnlyWaitsWhenTheRestIsBeingCheckedElsewhere) {
  for (int i = 0; i < 40; ++i) push(2, i);
  EXPECT_EQ(drain(0), "");
  workers_.take(40);
  EXPECT_EQ(drain(100), "");
  EXPECT_FALSE(verification_.can_go_on());
  EXPECT_FALSE(verification_.empty());
  EXPECT_EQ(verification_.oldest_arrival(WallTime::max()), test::noon());
  workers_.finish();
  EXPECT_TRUE(verification_.can_go_on());
  EXPECT_EQ(drain(0), numbers(0, 40));
}

TEST_F(VerificationTest, FixesTheOrderOfFewSoThatAForgerGainsNothing) {
  for (int i = 0; i < 2000; ++i) push(2, i, false);
  push(3, 7777);
  Verification::Budget budget{.checks = 1, .bytes = 1u << 20};
  auto first = verification_.next(budget);
  ASSERT_TRUE(first);
  verification_.report_forgery(*first->claimed());
  EXPECT_LE(workers_.waiting.size(), 256u);
  std::size_t before = 0;
  for (std::string one; (one = drain(1)) != "7777 "; ++before)
    ASSERT_LT(before, 300u) << "the honest one waits too long";
}

TEST_F(VerificationTest, HandsFewLargeOnesOver) {
  for (int i = 0; i < 3; ++i) push_large(i);
  EXPECT_EQ(drain(0), "");
  EXPECT_EQ(workers_.waiting.size(), 3u);
  workers_.work_backwards(3);
  Verification::Budget budget{.checks = 0};
  EXPECT_TRUE(verification_.next(budget));
}

TEST_F(VerificationTest, ReadsOnInsteadOfCheckingWhileTheSocketHasMoreButNotForever) {
  using Socket = Verification::Socket;
  push(2, 1);
  int rounds = 0;
  for (; rounds < 100; ++rounds) {
    auto budget = verification_.round({.checks = 10, .bytes = 1000}, Socket::kHasMore);
    if (verification_.next(budget)) break;
  }
  EXPECT_EQ(rounds, 16);

  push(2, 2);
  auto next = verification_.round({.checks = 10, .bytes = 1000}, Socket::kHasMore);
  EXPECT_FALSE(verification_.next(next)) << "reads on again";
  auto drained = verification_.round({.checks = 10, .bytes = 1000}, Socket::kDrained);
  EXPECT_TRUE(verification_.next(drained));
}

TEST_F(VerificationTest, TakesWhatOthersHaveCheckedWhileItReadsOn) {
  for (int i = 0; i < 40; ++i) push(2, i);
  EXPECT_EQ(drain(0), "");
  workers_.work_backwards(40);
  auto budget = verification_.round({}, Verification::Socket::kHasMore);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(verification_.next(budget)) << i;
}

TEST_F(VerificationTest, ReadsOnForAsLongAsOthersCheck) {
  constexpr auto kHasMore = Verification::Socket::kHasMore;
  for (int i = 0; i < 40; ++i) push(2, i);
  EXPECT_EQ(drain(0), "");
  for (int i = 0; i < 40; ++i) {
    auto vain = verification_.round({}, kHasMore);
    EXPECT_FALSE(verification_.next(vain)) << i;
    workers_.take(1);
    workers_.finish();
    auto budget = verification_.round({}, kHasMore);
    EXPECT_TRUE(verification_.next(budget)) << i;
  }
}

TEST_F(VerificationTest, WaitsForItsChecksBeforeItEnds) {
  Verification other({}, &workers_);
  for (int i = 0; i < 40; ++i) push(2, i);
  EXPECT_EQ(drain(0), "");
}

}  // namespace
}  // namespace remaphore
