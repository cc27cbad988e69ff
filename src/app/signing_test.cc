#include "app/signing.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/config_parser.h"
#include "core/wire.h"
#include "support/app_fixture.h"
#include "support/fake_workers.h"

namespace remaphore {
namespace {

class SigningTest : public testing::Test {
 protected:
  const SecretKey& key() const { return config_.default_signer().secret_key; }
  // Begins to sign that many, from number 1.
  void begin(Signing& signing, std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
      names_.push_back("node" + std::to_string(i));
      ASSERT_TRUE(signing.begin(i, names_.back(), test::noon()));
    }
  }
  std::string expected(std::size_t number) const {
    Message message = draft_;
    message.destination = "node" + std::to_string(number);
    message.time = test::noon();
    return wire::encode(message, key());
  }
  void expect_taken(Signing& signing, std::size_t number) {
    const auto taken = signing.take(number);
    ASSERT_TRUE(taken) << number;
    EXPECT_EQ(taken->bytes, expected(number));
    EXPECT_EQ(taken->hash, wire::hash(taken->bytes));
    EXPECT_EQ(taken->time, test::noon());
  }

  const Config config_ = test::parsed(test::config_text({1}));
  Message draft_ = test::message_saying("hello");
  std::deque<std::string> names_;
  test::FakeWorkers workers_;
};

TEST_F(SigningTest, GivesThemInOrderWhicheverThreadSigns) {
  Signing signing(draft_, key(), workers_);
  begin(signing, 5);
  workers_.work_backwards(2);
  for (std::size_t i = 1; i <= 5; ++i) expect_taken(signing, i);
  EXPECT_EQ(workers_.waiting.size(), 0u);
  EXPECT_EQ(signing.end(), 6u);
}

TEST_F(SigningTest, SignsOnlyWhatIsWantedHere) {
  Signing signing(draft_, key(), workers_);
  begin(signing, 3);
  expect_taken(signing, 1);
  EXPECT_EQ(workers_.waiting.size(), 2u);
}

TEST_F(SigningTest, DoesNotWaitForAThreadThatHasBegunButSignsOthersMeanwhile) {
  Signing signing(draft_, key(), workers_);
  begin(signing, 3);
  workers_.take(1);
  EXPECT_FALSE(signing.take(1));
  EXPECT_TRUE(workers_.waiting.empty());
  expect_taken(signing, 2);
  workers_.finish();
  expect_taken(signing, 3);
}

TEST_F(SigningTest, GivesEachOnce) {
  Signing signing(draft_, key(), workers_);
  EXPECT_FALSE(signing.take(0));
  begin(signing, 2);
  EXPECT_FALSE(signing.take(0));
  EXPECT_FALSE(signing.take(2));  // not yet
  expect_taken(signing, 1);
  EXPECT_FALSE(signing.take(1));
}

TEST_F(SigningTest, IsBoundedInNumberAndInBytes) {
  Signing small(draft_, key(), workers_);
  begin(small, Signing::kMaxAhead);
  EXPECT_FALSE(small.begin(small.end(), names_.front(), test::noon()));
  expect_taken(small, 1);
  EXPECT_TRUE(small.begin(small.end(), names_.front(), test::noon()));
  draft_.payload = std::string(Signing::kMaxBytesAhead / 4, 'x');
  Signing large(draft_, key(), workers_);
  begin(large, 3);
  EXPECT_FALSE(large.begin(large.end(), names_.front(), test::noon()));
  draft_.payload = std::string(Signing::kMaxBytesAhead, 'x');
  Signing huge(draft_, key(), workers_);
  EXPECT_FALSE(huge.begin(1, names_.front(), test::noon()));
}

TEST_F(SigningTest, LeavesNothingToTheThreadsWhenItEnds) {
  {
    Signing signing(draft_, key(), workers_);
    begin(signing, 3);
  }
  EXPECT_TRUE(workers_.waiting.empty());
}

}  // namespace
}  // namespace remaphore
