#include "core/arrival_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime kStart{std::chrono::hours(1)};

TEST(ArrivalScheduleTest, SignalsOnceItIsSubscribedAndNotBefore) {
  ArrivalSchedule node;
  node.heard("other", kStart);
  EXPECT_EQ(node.due(false), std::nullopt);
  node.subscribed();
  EXPECT_TRUE(passed(node.due(false), kStart));
  node.sent(kStart);
  EXPECT_FALSE(node.owes_signal());
}

TEST(ArrivalScheduleTest, SignalsAgainForAnArrivalButNotTwiceWithinASecond) {
  ArrivalSchedule node;
  node.subscribed();
  node.sent(kStart);
  node.heard("other", kStart + milliseconds(10));
  EXPECT_TRUE(node.owes_signal());
  EXPECT_EQ(node.due(true), kStart + ArrivalSchedule::kPause);
}

TEST(ArrivalScheduleTest, DoesNotAnswerANodeThatHasHeardIt) {
  ArrivalSchedule node;
  node.subscribed();
  node.sent(kStart);
  node.heard("other", kStart + seconds(10));
  node.sent(kStart + milliseconds(10'001));
  node.heard("other", kStart + seconds(10) + ArrivalSchedule::kSecond);
  EXPECT_FALSE(node.owes_signal()) << "the second one of a node that was there";
  node.heard("third", kStart + seconds(60));
  node.sent(kStart + seconds(60));
  node.heard("other", kStart + seconds(61));
  EXPECT_FALSE(node.owes_signal()) << "that one was for the third";
}

TEST(ArrivalScheduleTest, AnswersANodeThatMayHaveBeenAway) {
  ArrivalSchedule node;
  node.subscribed();
  node.sent(kStart);
  node.heard("other", kStart + seconds(1));
  node.sent(kStart + seconds(1));
  node.heard("other", kStart + seconds(60));
  EXPECT_TRUE(node.owes_signal());
}

TEST(ArrivalScheduleTest, AnswersANodeThatWasAwayAtItsSecondSignalAtTheLatest) {
  ArrivalSchedule node;
  node.subscribed();
  node.sent(kStart);
  node.heard("other", kStart);
  node.heard("other", kStart + seconds(1));  // perhaps it has missed our signal
  node.heard("other", kStart + seconds(1) + ArrivalSchedule::kSecond);
  EXPECT_TRUE(node.owes_signal());
}

TEST(ArrivalScheduleTest, SignalsASecondTimeAfterEachSubscriptionUnlessAllAreThere) {
  ArrivalSchedule node;
  for (const MonotonicTime now : {kStart, kStart + seconds(100)}) {
    node.subscribed();
    node.sent(now);
    EXPECT_EQ(node.due(false), now + ArrivalSchedule::kSecond);
    EXPECT_EQ(node.due(true), std::nullopt);
    node.sent(now + seconds(1));  // for somebody else
    EXPECT_EQ(node.due(false), now + ArrivalSchedule::kSecond);
    node.sent(now + ArrivalSchedule::kSecond);
    EXPECT_EQ(node.due(false), std::nullopt);
  }
}

TEST(ArrivalScheduleTest, SendsNothingWhileItIsCutOff) {
  ArrivalSchedule node;
  node.subscribed();
  node.cut_off();
  EXPECT_EQ(node.due(false), std::nullopt);
  node.subscribed();
  EXPECT_NE(node.due(false), std::nullopt);
}

// Nodes at one server, with delays both ways, links that break and nodes that start over.
class RendezvousWorldTest : public testing::Test {
 protected:
  struct Node {
    std::string name;
    ArrivalSchedule part;
    std::set<std::string> heard;
    unsigned link = 0;  // 0: down; else its number
    bool confirmed = false;
    bool left = false;
    std::vector<MonotonicTime> sent;
  };

  void at(Duration after, std::function<void()> event) { events_.emplace(now_ + after, std::move(event)); }
  Duration some(int least, int most) { return milliseconds(std::uniform_int_distribution(least, most)(random_)); }

  void make(std::size_t count) {
    nodes_.assign(count, {});
    for (std::size_t i = 0; i < count; ++i) nodes_[i].name = "node" + std::to_string(i);
    events_.clear();
    links_ = 0;
    now_ = kStart;
  }

  void connect(Node& node) {
    if (node.left) return;
    node.link = ++links_;
    at(some(1, 50), [this, &node, link = node.link] {
      if (node.link == link) node.part.subscribed(), step(node);
    });
  }
  void cut(Node& node) {
    node.link = 0;
    node.part.cut_off();
    at(some(1, 3000), [this, &node] { connect(node); });
  }
  void start_over(Node& node) {
    if (node.left) return;
    node.part = ArrivalSchedule();
    node.heard.clear();
    node.confirmed = false;
    node.sent.clear();
    cut(node);
  }

  bool complete(const Node& node) const { return node.heard.size() + 1 == nodes_.size(); }

  void step(Node& node) {
    if (node.left) return;
    if (complete(node) && node.confirmed && !node.part.owes_signal()) {
      node.left = true;
      node.link = 0;
      return;
    }
    const Deadline due = node.part.due(complete(node));
    if (!due) return;
    if (*due > now_) return at(*due - now_, [this, &node] { step(node); });
    node.part.sent(now_);
    node.sent.push_back(now_);
    node.confirmed = false;
    at(some(1, 50),
       [this, &node, link = node.link, number = node.sent.size()] { arrive_at_server(node, link, number); });
    step(node);  // for what is due later
  }
  void arrive_at_server(Node& node, unsigned link, std::size_t number) {
    if (node.link != link) return;
    at(some(1, 50), [this, &node, link, number] {
      if (node.link == link && node.sent.size() == number) node.confirmed = true, step(node);
    });
    for (Node& other : nodes_) {
      if (&other == &node || other.link == 0) continue;
      at(some(1, 50), [this, &node, &other, to = other.link] {
        if (other.link != to) return;
        other.part.heard(node.name, now_);
        other.heard.insert(node.name);
        step(other);
      });
    }
  }

  void run(Duration time) {
    const MonotonicTime end = now_ + time;
    while (!events_.empty() && events_.begin()->first <= end) {
      const auto event = events_.extract(events_.begin());
      now_ = event.key();
      event.mapped()();
    }
    now_ = end;
  }
  std::size_t gone() const {
    return static_cast<std::size_t>(std::count_if(nodes_.begin(), nodes_.end(), [](auto& node) { return node.left; }));
  }
  void expect_moderation() const {
    for (const Node& node : nodes_) {
      for (std::size_t i = 1; i < node.sent.size(); ++i) {
        ASSERT_GE(node.sent[i] - node.sent[i - 1], ArrivalSchedule::kPause) << node.name;
      }
    }
  }

  std::mt19937 random_{1};
  std::deque<Node> nodes_;
  std::multimap<MonotonicTime, std::function<void()>> events_;
  unsigned links_ = 0;
  MonotonicTime now_{kStart};
};

TEST_F(RendezvousWorldTest, LetsEverybodyLeaveWhateverTheOrderOfArrival) {
  for (int round = 0; round < 300; ++round) {
    make(2 + static_cast<std::size_t>(round) % 19);
    const int spread = round % 3 == 0 ? 10 : round % 3 == 1 ? 1000 : 10'000;
    for (Node& node : nodes_) at(some(0, spread), [this, &node] { connect(node); });
    run(milliseconds(spread) + seconds(3));
    ASSERT_EQ(gone(), nodes_.size()) << "round " << round;
    expect_moderation();
  }
}

TEST_F(RendezvousWorldTest, LetsEverybodyLeaveWithTheLastThatArrivesWhateverBrokeBefore) {
  for (int round = 0; round < 300; ++round) {
    make(3 + static_cast<std::size_t>(round) % 6);
    Node& last = nodes_.back();
    for (Node& node : nodes_) {
      if (&node == &last) continue;
      at(some(0, 2000), [this, &node] { connect(node); });
      for (int breaks = round % 4; breaks > 0; --breaks) at(some(0, 8000), [this, &node] { cut(node); });
      if (round % 5 == 0) at(some(0, 8000), [this, &node] { start_over(node); });
    }
    at(seconds(11) + milliseconds(100) + some(0, 5000), [this, &last] { connect(last); });
    run(seconds(20));
    ASSERT_EQ(gone(), nodes_.size()) << "round " << round;
    expect_moderation();
  }
}

TEST_F(RendezvousWorldTest, LetsAllThatStayHearEachOtherWhateverBrokeBefore) {
  for (int round = 0; round < 1000; ++round) {
    make(3 + static_cast<std::size_t>(round) % 4);
    for (Node& node : nodes_) {
      at(some(0, 1000), [this, &node] { connect(node); });
      for (int breaks = 1 + round % 3; breaks > 0; --breaks) at(some(0, 3000), [this, &node] { cut(node); });
      if (round % 3 == 0) at(some(0, 3000), [this, &node] { start_over(node); });
    }
    run(seconds(20));
    for (const Node& node : nodes_) {
      for (const Node& other : nodes_) {
        if (&node == &other || node.left || other.left) continue;
        ASSERT_TRUE(node.heard.contains(other.name)) << node.name << " and " << other.name << ", round " << round;
      }
    }
    expect_moderation();
  }
}

TEST_F(RendezvousWorldTest, FallsSilentWhileANodeIsMissing) {
  make(20);
  for (Node& node : nodes_) {
    if (&node != &nodes_.back()) at(some(0, 5000), [this, &node] { connect(node); });
  }
  run(seconds(15));
  const MonotonicTime quiet = now_;
  at(seconds(1), [this] { cut(nodes_.front()); });
  run(seconds(15));
  std::size_t later = 0;
  for (const Node& node : nodes_) {
    ASSERT_FALSE(node.left);
    const auto since = static_cast<std::size_t>(
        std::count_if(node.sent.begin(), node.sent.end(), [quiet](MonotonicTime time) { return time > quiet; }));
    EXPECT_LE(since, 2u) << node.name;
    later += since;
    EXPECT_LE(node.sent.empty() ? MonotonicTime::min() : node.sent.back(), quiet + seconds(10));
  }
  EXPECT_GT(later, 0u) << "who is back is answered";
}

}  // namespace
}  // namespace remaphore
