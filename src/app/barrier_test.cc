#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/listen.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A listener that waits at a barrier. We are node1.
class BarrierTest : public test::AppTest {
 protected:
  BarrierTest() {
    options_.subject = kSubject;
    options_.filter.destination = "node1";
    options_.timeout = seconds(60);
  }
  ExitStatus run() { return listen(options_, others_, {bus_, clock_, poller_, scripts_, output_, log_}); }

  void expect_nodes(std::vector<std::string_view> names) {
    options_.goal = *Goal::barrier({.count = {}, .from = std::move(names), .self = {}}, others_.peers);
  }
  void expect_count(std::string_view count, Goal::Counted counted = Goal::Counted::kOnSuccess) {
    options_.goal =
        *Goal::barrier({.count = *Portion::parse(count), .from = {}, .self = {}, .counted = counted}, others_.peers);
  }
  void says(std::uint8_t node, Duration after, const std::string& payload = "here") {
    poller_.after(after, [this, node, payload] { say(node, payload); });
  }
  void say(std::uint8_t node, const std::string& payload = "here") {
    Message message = test::message_saying(payload);
    message.time = clock_.now();
    broker_.publish(kSubject, test::signed_by(node, message));
  }

  const Config others_ = test::parsed(test::config_text({2, 3, 4}));  // we are not our own peer
  ListenOptions options_;
};

TEST_F(BarrierTest, IsCompleteOnceAllThatAreNamedHaveSignalled) {
  expect_nodes({"node2", "node3"});
  options_.timeout.reset();
  says(2, seconds(1), "two");
  says(2, seconds(2), "two again");
  says(4, seconds(3), "four");
  says(3, seconds(4), "three");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "two\ntwo again\nfour\nthree\n");
}

TEST_F(BarrierTest, NamesMissingNodesAtTheTimeout) {
  expect_nodes({"node2", "node3", "node4"});
  says(3, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_EQ(log_.count("error: 1 of 3 arrived, not node2, node4"), 1u) << log_.text();
  EXPECT_EQ(log_.count("no message came"), 0u);
}

TEST_F(BarrierTest, NamesMissingNodesAtASignal) {
  expect_nodes({"node2", "node3"});
  options_.timeout.reset();
  poller_.after(seconds(2), [this] { poller_.stop(15); });
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_TRUE(said("error: 0 of 2 arrived, not node2, node3")) << log_.text();
}

TEST_F(BarrierTest, CountsMissingNodesIfNoneWereNamed) {
  expect_count("3");
  says(3, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_TRUE(said("error: 1 of 3 arrived, 2 missing")) << log_.text();
}

TEST_F(BarrierTest, EndsWithNothingIfOnlyOthersCame) {
  expect_nodes({"node2"});
  says(3, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kNothing);
}

TEST_F(BarrierTest, CountsANodeWhoseCommandSucceeds) {
  expect_count("2");
  options_.command = {"run"};
  scripts_.exit_status = 1;
  says(2, seconds(1));
  says(3, seconds(2));
  poller_.after(seconds(3), [this] { scripts_.exit_status = 0; });
  says(3, seconds(4));
  says(4, seconds(5));
  EXPECT_EQ(run(), ExitStatus::kCommandFailed) << "complete, but a command failed";
  EXPECT_EQ(scripts_.started.size(), 4u);
}

TEST_F(BarrierTest, NamesANodeWhoseCommandFailed) {
  expect_nodes({"node2", "node3"});
  options_.command = {"run"};
  scripts_.exit_status = 1;
  says(2, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_TRUE(said("error: 0 of 2 arrived, not node2 (command failed), node3")) << log_.text();
}

TEST_F(BarrierTest, CountsFailingCommandsTooIfAnyStatusWillDo) {
  expect_count("2", Goal::Counted::kOnEnd);
  options_.command = {"run"};
  options_.timeout.reset();
  scripts_.exit_status = 1;
  says(2, seconds(1));
  says(3, seconds(2));
  EXPECT_EQ(run(), ExitStatus::kCommandFailed);
}

TEST_F(BarrierTest, IsNotEndedByACommandThatCannotBeRun) {
  expect_count("1");
  options_.command = {"run"};
  scripts_.fail_next({127, "\"run\" is not found", StartFailure::Fault::kProgram});
  says(2, seconds(1));
  says(3, seconds(2));
  EXPECT_EQ(run(), ExitStatus::kCommandFailed);
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(BarrierTest, WaitsForTheCommandsThatRun) {
  expect_count("2");
  options_.command = {"run"};
  options_.jobs = 3;
  scripts_.takes = seconds(5);
  for (std::uint8_t node = 2; node <= 4; ++node) says(node, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 3u);
}

TEST_F(BarrierTest, ReportsUnhandledMessagesAtTheTimeout) {
  expect_nodes({"node2", "node3"});
  options_.command = {"run"};
  scripts_.takes = seconds(100);
  says(2, seconds(1));
  says(3, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
  EXPECT_TRUE(log_.failures.empty()) << log_.failures.front();
}

TEST_F(BarrierTest, FailsIfItWasNeverSubscribed) {
  expect_count("1");
  broker_.stop();
  EXPECT_EQ(run(), ExitStatus::kFailure);
}

TEST_F(BarrierTest, ReportsMissingNodesAndTheTurnoutAsJson) {
  expect_nodes({"node2", "node3"});
  options_.json = true;
  says(2, seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_NE(output_.written.find("{\"type\":\"missing\",\"destination\":\"node3\"}\n"
                                 "{\"type\":\"summary\",\"received\":1,\"dropped\":0,\"arrived\":1,\"expected\":2,"
                                 "\"status\":4}\n"),
            std::string::npos)
      << output_.written;
}

class FakeView : public BarrierView {
 public:
  std::string told;

  void awaited(const std::vector<std::string_view>& named, std::size_t expected,
               std::optional<Duration> timeout) override {
    told += fmt::format("{} of {}, {}\n", expected, fmt::join(named, " "), timeout ? "bounded" : "for ever");
  }
  void outcome(std::string_view node, int exit_status, bool counted) override {
    told += fmt::format("{}: {}{}\n", node, exit_status, counted ? "" : ", not counted");
  }
  void ended(bool complete) override { told += complete ? "complete\n" : "incomplete\n"; }
};

TEST_F(BarrierTest, ShowsArrivalsInItsView) {
  expect_nodes({"node2", "node3"});
  options_.command = {"run"};
  scripts_.exit_status = 7;
  says(2, seconds(1));
  poller_.after(seconds(2), [this] { scripts_.exit_status = 0; });
  says(4, seconds(3));
  says(2, seconds(4));
  FakeView view;
  listen(options_, others_,
         {.bus = bus_,
          .clock = clock_,
          .poller = poller_,
          .commands = scripts_,
          .output = output_,
          .log = log_,
          .view = &view});
  EXPECT_EQ(view.told, "2 of node2 node3, bounded\nnode2: 7, not counted\nnode2: 0\nincomplete\n");
}

// ---- --arrive

class ArrivalTest : public BarrierTest {
 protected:
  ArrivalTest() {
    options_.goal = *Goal::barrier({.count = {}, .from = {{"node2", "node3"}}, .self = "node1"}, others_.peers);
    SendOptions signal{};
    signal.message = test::message_saying("we");
    signal.identity = &others_.identities[0];
    signal.subject = kSubject;
    options_.arrival = std::move(signal);
    broker_.on_publish = [this](const std::string&, const std::string& bytes) {
      if (wire::Fields::split(bytes)->payload() == "we") signalled_.push_back(clock_.monotonic() - begun_);
    };
  }

  const MonotonicTime begun_ = clock_.monotonic();
  std::vector<Duration> signalled_;  // when, from the start
};

TEST_F(ArrivalTest, SignalsOnceItIsSubscribed) {
  bus_.at(test::FaultyBus::Operation::kFlush, 1, test::FaultyBus::Fault::kSwallowed);
  poller_.after(seconds(5), [this] {
    EXPECT_TRUE(signalled_.empty());
    memory_.lose("again");
  });
  says(2, seconds(6));
  says(3, seconds(6));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(signalled_.front(), seconds(5));
}

TEST_F(ArrivalTest, SignalsAgainForLateArrivalsAndLeavesOnceThatIsConfirmed) {
  says(2, seconds(10));
  says(3, milliseconds(10'100));
  poller_.after(milliseconds(11'001), [] {});  // the confirmation has come
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(signalled_, (std::vector<Duration>{{}, seconds(3), seconds(10), seconds(11)}));
  EXPECT_EQ(clock_.monotonic() - begun_, milliseconds(11'001));
}

TEST_F(ArrivalTest, SignsEverySignalAgainWithTheSameUuidAndVerb) {
  says(2, seconds(10));
  says(3, seconds(10));
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_GE(broker_.published.size(), 2u);
  const auto first = wire::Fields::split(broker_.published[0].payload);
  const auto second = wire::Fields::split(broker_.published[1].payload);
  EXPECT_EQ(first->uuid(), second->uuid());
  EXPECT_EQ(first->verb(), second->verb());
  EXPECT_NE(first->time(), second->time());
}

TEST_F(ArrivalTest, NoticesArrivalsWhileACommandRuns) {
  options_.command = {"run"};
  scripts_.takes = seconds(20);
  says(2, seconds(10));
  says(3, seconds(15));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(signalled_.back(), seconds(15)) << "not when the first command has ended";
}

TEST_F(ArrivalTest, SignalsAgainAfterALostLink) {
  says(2, seconds(10));
  poller_.after(seconds(20), [this] { memory_.lose("again", test::Unconfirmed::kMaybeDelivered); });
  says(3, seconds(30));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(signalled_, (std::vector<Duration>{{}, seconds(3), seconds(10), seconds(20), seconds(23), seconds(30)}));
}

TEST_F(ArrivalTest, DoesNotLeaveBeforeItsLastSignalIsConfirmed) {
  poller_.after(seconds(9), [this] { memory_.hold_confirmations(true); });
  says(2, seconds(10));
  says(3, seconds(10));
  poller_.after(seconds(20), [this] {
    memory_.hold_confirmations(false);
    memory_.lose("again");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(signalled_.back(), seconds(20));
}

TEST_F(ArrivalTest, FailsIfItsLastSignalIsNotConfirmedBeforeTheTimeout) {
  poller_.after(seconds(9), [this] { memory_.hold_confirmations(true); });
  says(2, seconds(10));
  says(3, seconds(10));
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said(
      "error: all have arrived, but the server has not confirmed our last signal: others may not have received it"));
}

TEST_F(ArrivalTest, CountsItselfAndNobodyElseIfNobodyCame) {
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_TRUE(said("error: 1 of 3 arrived, not node2, node3")) << log_.text();
}

TEST_F(ArrivalTest, ReceivesItsOwnSignalsOnlyIfItIsItsOwnPeer) {
  says(2, seconds(2));
  says(3, seconds(2));
  EXPECT_EQ(listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_}), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "we\nhere\nwe\nhere\n");
  EXPECT_EQ(signalled_, (std::vector<Duration>{{}, seconds(2), seconds(3)})) << "our own is nobody's arrival";
}

TEST_F(ArrivalTest, FailsIfItMayNotSignal) {
  options_.timeout.reset();
  poller_.after(seconds(1), [this] { memory_.deny("the server denies it", Denial::Of::kPublication, kSubject); });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.count("the server denies it"), 1u) << log_.text();
}

TEST_F(ArrivalTest, FailsIfItsSignalIsTooLarge) {
  broker_.max_payload = 100;
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: our signal is too large: ")) << log_.text();
}

}  // namespace
}  // namespace remaphore
