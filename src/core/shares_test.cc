#include "core/shares.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace remaphore {
namespace {

Shares of(std::size_t holders, std::size_t total, std::size_t per_holder) {
  Shares shares(total, per_holder);
  shares.set_holders(holders);
  return shares;
}

TEST(SharesTest, BoundsOneHolder) {
  Shares shares = of(1, 100, 30);
  EXPECT_TRUE(shares.fits(0, 30));
  EXPECT_FALSE(shares.fits(0, 31));
  shares.change(0, 30);
  EXPECT_FALSE(shares.fits(30, 1));
  shares.change(30, 10);
  EXPECT_TRUE(shares.fits(10, 20));
}

TEST(SharesTest, LeavesEveryHolderItsPartWhateverTheOthersTook) {
  Shares shares = of(5, 100, 100);
  shares.change(0, 60);  // one holder: its own 10 and the 50 that are for anybody
  EXPECT_FALSE(shares.fits(60, 1));
  for (int holder = 1; holder < 5; ++holder) {
    EXPECT_TRUE(shares.fits(0, 10));
    EXPECT_FALSE(shares.fits(0, 11));
    shares.change(0, 10);
  }
}

TEST(SharesTest, GivesBackWhatWasTaken) {
  Shares shares = of(2, 100, 100);
  shares.change(0, 75);
  EXPECT_FALSE(shares.fits(0, 26));
  shares.change(75, 30);
  EXPECT_TRUE(shares.fits(0, 70));
  EXPECT_FALSE(shares.fits(0, 71));
}

TEST(SharesTest, GrantsNothingBeyondTheTotalToAnyMix) {
  Shares shares = of(7, 1000, 400);
  std::array<std::size_t, 7> held{};
  std::size_t total = 0;
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::size_t& one = held[random() % held.size()];
    const std::size_t amount = random() % 50;
    if (random() % 3 == 0) {
      const std::size_t less = std::min<std::size_t>(one, amount);
      shares.change(one, one - less);
      one -= less, total -= less;
    } else if (shares.fits(one, amount)) {
      shares.change(one, one + amount);
      one += amount, total += amount;
    } else {
      ASSERT_GT(one + amount, 1000 / 2 / 7) << "its own part was refused";
    }
    ASSERT_LE(total, 1000u);
  }
}

TEST(SharesTest, TakesHoldersThatCameLater) {
  Shares shares = of(1, 100, 100);
  shares.change(0, 100);
  shares.set_holders(5);
  shares.change(0, 100);
  EXPECT_TRUE(shares.fits(0, 10)) << "each still has its part";
  EXPECT_FALSE(shares.fits(100, 1));
  EXPECT_FALSE(shares.fits(0, 11));
}

}  // namespace
}  // namespace remaphore
