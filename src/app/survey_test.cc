#include "app/survey.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The listeners of some nodes, which answer a millisecond after each question that is for them.
class SurveyTest : public test::AppTest {
 protected:
  SurveyTest() {
    options_.identity = &config_.default_signer();
    options_.timeout = seconds(2);
    broker_.on_publish = [this](const std::string&, const std::string& payload) {
      const auto fields = wire::Fields::split(payload);
      asked_.emplace_back(fields->destination());
      for (const std::uint8_t node : listeners_) {
        if (asked_.back() != "**" && asked_.back() != fmt::format("node{}", node)) continue;
        poller_.after(milliseconds(1), [this, node, payload] { answer(node, payload); });
      }
    };
  }
  void answer(std::uint8_t node, const std::string& question) {
    Presence presence;
    presence.version = "1.2.3";
    presence.destination = fmt::format("node{}", node);
    presence.clock = clock_.now();
    broker_.publish(subject::reply("remaphore", wire::hash(question)),
                    test::reply_by(node, question, "0," + format_presence(presence), clock_.now()));
  }
  Survey run() { return survey(options_, config_, {bus_, clock_, poller_, log_}); }
  static std::vector<std::string> names(const Survey& found) {
    std::vector<std::string> all;
    for (const auto& one : found.answers) all.push_back(one.destination);
    std::sort(all.begin(), all.end());
    return all;
  }

  SurveyOptions options_{};
  std::vector<std::uint8_t> listeners_ = {2, 3, 4};
  std::vector<std::string> asked_;
};

using Names = std::vector<std::string>;

TEST_F(SurveyTest, AsksAllWithOneQuestion) {
  const Survey found = run();
  EXPECT_EQ(asked_, Names{"**"});
  EXPECT_EQ(names(found), (Names{"node2", "node3", "node4"}));
  EXPECT_EQ(found.asked, 3u);
  EXPECT_TRUE(found.delivered);
}

TEST_F(SurveyTest, AsksEachOfAListByItsNameInOneGo) {
  options_.names = {"node4", "node2"};
  const Survey found = run();
  EXPECT_EQ(asked_, (Names{"node4", "node2"}));
  EXPECT_EQ(names(found), (Names{"node2", "node4"}));
  EXPECT_EQ(found.asked, 2u);
  for (const auto& published : broker_.published) EXPECT_EQ(published.subject, "remaphore.who");
  EXPECT_EQ(log_.text(), "");
}

TEST_F(SurveyTest, NamesSilentNodesAndDoesNotWaitForItselfBesideOthers) {
  listeners_ = {3};
  options_.names = {"node1", "node2", "node3"};
  const MonotonicTime start = clock_.monotonic();
  const Survey found = run();
  EXPECT_EQ(names(found), Names{"node3"});
  EXPECT_EQ(found.silent, Names{"node2"});
  EXPECT_EQ(clock_.monotonic() - start, seconds(2));
}

TEST_F(SurveyTest, AnAnswerToTheQuestionForAnotherIsIgnored) {
  options_.names = {"node2", "node3"};
  listeners_ = {2};
  broker_.on_publish = [this](const std::string&, const std::string& payload) {
    if (wire::Fields::split(payload)->destination() != "node2") return;
    poller_.after(milliseconds(1), [this, payload] { answer(3, payload); });
  };
  const Survey found = run();
  EXPECT_TRUE(found.answers.empty());
  EXPECT_EQ(found.silent, (Names{"node2", "node3"}));
  EXPECT_TRUE(said("it answers a message to another node"));
}

TEST_F(SurveyTest, ReportsThatThereIsNoServerAndNothingWasDelivered) {
  broker_.stop();
  options_.names = {"node2", "node3"};
  const Survey found = run();
  EXPECT_FALSE(found.delivered);
  EXPECT_TRUE(said("none of 2 messages was sent")) << log_.text();
}

}  // namespace
}  // namespace remaphore
