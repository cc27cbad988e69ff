#include <gtest/gtest.h>

#include <map>

#include "app/request.h"
#include "base/hex.h"
#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"
#include "support/fake_progress.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using Fault = test::FaultyBus::Fault;
using Operation = test::FaultyBus::Operation;

// node2 to node4 are asked one after the other; those that answer do so a second later.
class RoundRequestTest : public test::AppTest {
 protected:
  RoundRequestTest() {
    options_.message = test::message_saying("hello");
    options_.message.reply_wanted = true;
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
    options_.names = {"node2", "node3", "node4"};
    options_.rounds = {.batch = *Portion::parse_list("1"), .node_timeout = seconds(5)};
    broker_.on_publish = [this](const std::string& subject, const std::string& payload) {
      if (subject != kSubject) return;
      const std::string destination(wire::Fields::split(payload)->destination());
      asked_.push_back(destination);
      const auto number = static_cast<std::uint8_t>(destination.back() - '0');
      for (const std::string& answer : answers_[destination]) {
        poller_.after(seconds(1), [this, payload, number, answer] {
          broker_.publish(subject::reply("remaphore", wire::hash(payload)),
                          test::reply_by(number, payload, answer, clock_.now()));
        });
      }
    };
  }
  ExitStatus run() {
    ReplyTracker tracker(config_.peers, config_.identities, options_.names);
    const ExitStatus status =
        request(options_, config_, tracker,
                {bus_, clock_, poller_, output_, log_, &progress_, nullptr, keeps_ ? &store_ : nullptr});
    for (const Peer* peer : tracker.not_asked()) not_asked_.emplace_back(peer->destination);
    return status;
  }

  struct Store : AnswerStore {
    void keep(std::string_view destination, std::string_view exit_status, std::string_view output) override {
      kept[std::string(destination)] = std::string(exit_status) + "," + std::string(output);
    }
    std::optional<Error> failure() const override { return broken; }
    std::map<std::string, std::string> kept;
    std::optional<Error> broken;
  };

  using Names = std::vector<std::string>;
  RequestOptions options_;
  std::map<std::string, Names> answers_{{"node2", {"0,"}}, {"node3", {"0,"}}, {"node4", {"0,"}}};
  Names asked_, not_asked_;
  test::FakeProgress progress_;
  Store store_;
  bool keeps_ = false;
};

TEST_F(RoundRequestTest, AsksTheNextWhenTheRoundHasAnswered) {
  options_.rounds.pause = seconds(10);
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(asked_, (Names{"node2", "node3", "node4"}));
  EXPECT_EQ(output_.written, "node2,0,\nnode3,0,\nnode4,0,\n");
  EXPECT_EQ(clock_.monotonic() - start, seconds(1 + 10 + 1 + 10 + 1));
  EXPECT_EQ(progress_.told,
            "asked node2 node3 node4, for ever\nround 1 of 3: node2\nnode2: 0 after 1s\n"
            "round 2 of 3: node3\nnode3: 0 after 1s\nround 3 of 3: node4\nnode4: 0 after 1s\nended\n");
  EXPECT_EQ(log_.text(), "");
}

TEST_F(RoundRequestTest, WaitsForTheSilentAsLongAsTheyMayTake) {
  answers_["node2"].clear();
  options_.rounds.max_failed = 1;
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, seconds(5 + 1 + 1));
  EXPECT_EQ(log_.text(), "error: no answer from node2\n");
}

TEST_F(RoundRequestTest, StopsWhenTooManyHaveFailed) {
  answers_["node2"] = {"3,"};
  EXPECT_EQ(run(), ExitStatus::kStopped);
  EXPECT_EQ(asked_, Names{"node2"});
  EXPECT_EQ(not_asked_, (Names{"node3", "node4"}));
  EXPECT_EQ(log_.text(),
            "error: the command failed on node2 (3)\n"
            "error: stopped in round 1 of 3, 1 failed or silent: 2 of 3 nodes were never asked\n");
}

TEST_F(RoundRequestTest, IsStoppedByItsTimeoutToo) {
  answers_["node3"].clear();
  options_.timeout = seconds(4);
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kStopped);
  EXPECT_EQ(clock_.monotonic() - start, seconds(4));
  EXPECT_TRUE(said("stopped in round 2 of 3, the time is up: 1 of 3 nodes were never asked"));
}

TEST_F(RoundRequestTest, DoesNotEndWhenItsRequirementIsMet) {
  options_.require = *Portion::parse("1");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(asked_.size(), 3u);
}

TEST_F(RoundRequestTest, FailsIfTheNextCannotBeSentWithinTenSeconds) {
  options_.rounds.pause = seconds(10);
  poller_.after(seconds(5), [this] { broker_.stop(); });
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(1 + 10 + 10));
  EXPECT_EQ(not_asked_, (Names{"node3", "node4"}));
  EXPECT_TRUE(said("of 3 messages, 1 were confirmed, 0 more may have been delivered, 2 were not sent"));
}

TEST_F(RoundRequestTest, KeepsWaitingOverAnotherLink) {
  poller_.after(std::chrono::milliseconds(500), [this] { memory_.lose("link lost"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(asked_, (Names{"node2", "node3", "node4"}));
}

TEST_F(RoundRequestTest, EndsAtASignal) {
  answers_["node3"].clear();
  poller_.after(seconds(3), [this] { poller_.stop(SIGTERM); });
  run();
  EXPECT_EQ(not_asked_, Names{"node4"});
  EXPECT_TRUE(said("no answer from node3"));
  EXPECT_TRUE(said("stopped in round 2 of 3, interrupted by a signal: 1 of 3 nodes were never asked"));
}

TEST_F(RoundRequestTest, KeepsTheFirstAnswerOfANodeUnlessALaterOneIsAFailure) {
  keeps_ = true;
  options_.rounds.batch = *Portion::parse_list("all");
  answers_ = {{"node2", {"0,one", "0,two"}}, {"node3", {"0,one", "4,two", "5,three"}}, {"node4", {"NO_DATA"}}};
  options_.rounds.pause = seconds(1);
  options_.rounds.batch = *Portion::parse_list("2,1");
  options_.rounds.max_failed = 3;
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(store_.kept,
            (std::map<std::string, std::string>{{"node2", "0,one"}, {"node3", "4,two"}, {"node4", "0,NO_DATA"}}));
}

TEST_F(RoundRequestTest, EndsIfAnAnswerCannotBeKept) {
  keeps_ = true;
  store_.broken = Error{Errc::kRuntime, "no room"};
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("no room"));
}

TEST_F(RoundRequestTest, ReportsItsRoundsAsJson) {
  options_.format = AnswerFormat::kJson;
  answers_["node2"] = {"3,"};
  EXPECT_EQ(run(), ExitStatus::kStopped);
  EXPECT_NE(output_.written.find(R"({"type":"round","event":"begin","round":1,"rounds":3,"nodes":["node2"]})"),
            std::string::npos);
  EXPECT_NE(output_.written.find(R"("nodes":["node2"],"answered":1,"failed":1,"missing":0})"), std::string::npos);
  EXPECT_NE(output_.written.find(R"({"type":"not_asked","destination":"node3")"), std::string::npos);
  EXPECT_NE(output_.written.find(R"("missing":0,"not_asked":2,"status":6})"), std::string::npos);
}

}  // namespace
}  // namespace remaphore
