#include "core/left_list.h"

#include <gtest/gtest.h>

#include "core/config_parser.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class LeftListTest : public testing::Test {
 protected:
  static Config config() {
    const std::string text = test::config_text({2, 3, 4, 5});
    return std::move(*parse_config(std::vector<char>(text.begin(), text.end()), "test"));
  }
  void answer(std::uint8_t number, std::int64_t exit_status) {
    const std::string bytes = test::reply_by(number, "request", std::to_string(exit_status) + ",", test::noon());
    auto screened = screen_reply(
        bytes, test::noon(), {tracker_.addressed(), config_.peers, Uuid::from_text("x"), false, config_.allow_skew});
    tracker_.record(*verify_reply(std::move(*screened)), exit_status);
  }

  const std::vector<std::string> names_{"node5", "node2", "node3", "node4"};
  const Config config_ = config();
  ReplyTracker tracker_{config_.peers, config_.identities, names_};
};

TEST_F(LeftListTest, ListsTheFateOfEachNodeInTheOrderAsked) {
  answer(2, 0);
  answer(3, -1);
  tracker_.set_not_asked(std::vector<std::string>{"node4"});
  EXPECT_EQ(left_lines(tracker_, names_), "node5\tsilent\nnode3\tfailed -1\nnode4\tnot asked\n");
}

TEST_F(LeftListTest, IsEmptyIfAllSucceeded) {
  for (std::uint8_t number = 2; number <= 5; ++number) answer(number, 0);
  EXPECT_EQ(left_lines(tracker_, names_), "");
}

TEST_F(LeftListTest, NamesAllIfNoneWereAsked) {
  tracker_.set_none_asked();
  EXPECT_EQ(left_lines(tracker_, names_), "node5\tnot asked\nnode2\tnot asked\nnode3\tnot asked\nnode4\tnot asked\n");
}

}  // namespace
}  // namespace remaphore
