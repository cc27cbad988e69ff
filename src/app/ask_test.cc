#include "app/ask.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using Texts = std::vector<std::string>;

constexpr std::array<std::uint8_t, 3> kPeers{2, 3, 4};

class AskTest : public test::AppTest {
 protected:
  // To all peers, with the answers that it has taken.
  struct Question {
    Question(AskTest& test, std::string_view text)
        : options{.message = test::message_saying(text),
                  .identity = &test.config_.default_signer(),
                  .subject = kSubject,
                  .timeout = std::nullopt},
          tracker(test.config_.peers, test.config_.identities, "**"),
          ask(options, test.config_, tracker, test.config_.allow_skew, {test.dispatch_, test.clock_, test.log_}) {}

    const SendOptions options;
    ReplyTracker tracker;
    Ask ask;
    Texts answers;
  };

  AskTest() { dispatch_.connect(); }

  // Everything that is on its way arrives.
  void settle(std::initializer_list<Question*> questions) {
    dispatch_.dispatch();
    for (Question* one : questions) {
      auto budget = one->ask.round();
      while (const auto reply = one->ask.next(budget)) {
        one->ask.record(*reply, 0);
        one->answers.emplace_back(reply->payload());
      }
    }
  }
  // The question that was sent as number `i`.
  std::string sent(std::size_t i) const {
    Texts all;
    for (const auto& one : broker_.published) {
      if (one.subject == kSubject) all.push_back(one.payload);
    }
    return all.at(i);
  }
  static std::string subject_of(const std::string& question) {
    return subject::reply("remaphore", wire::hash(question));
  }
  void answer(std::uint8_t number, const std::string& question, const std::string& payload) {
    broker_.publish(subject_of(question), test::reply_by(number, question, payload, clock_.now()));
  }

  BusDispatch dispatch_{bus_};
};

TEST_F(AskTest, TwoMayShareALinkOneAfterTheOther) {
  {
    Question first(*this, "first");
    settle({&first});
    for (const std::uint8_t number : kPeers) answer(number, sent(0), "0,first");
    settle({&first});
    EXPECT_TRUE(first.tracker.complete());
  }
  EXPECT_EQ(memory_.subscriptions(), Texts()) << "the first leaves nothing behind";
  Question second(*this, "second");
  settle({&second});
  EXPECT_TRUE(second.ask.delivered());
  answer(2, sent(0), "0,late");
  for (const std::uint8_t number : kPeers) answer(number, sent(1), "0,second");
  settle({&second});
  EXPECT_EQ(second.answers, (Texts{"0,second", "0,second", "0,second"}));
  EXPECT_TRUE(second.tracker.complete());
  EXPECT_EQ(log_.text(), "");
}

TEST_F(AskTest, TwoMayShareALinkAtTheSameTime) {
  Question first(*this, "first"), second(*this, "second");
  settle({&first, &second});
  EXPECT_TRUE(first.ask.delivered());
  EXPECT_TRUE(second.ask.delivered());
  answer(2, sent(1), "0,2 to the second");
  answer(2, sent(0), "0,2 to the first");
  answer(3, sent(0), "0,3 to the first");
  answer(4, sent(0), "0,4 to the first");
  settle({&first, &second});
  EXPECT_EQ(first.answers, (Texts{"0,2 to the first", "0,3 to the first", "0,4 to the first"}));
  EXPECT_EQ(second.answers, Texts{"0,2 to the second"});
  EXPECT_TRUE(first.tracker.complete());
  EXPECT_EQ(second.tracker.answered(), 1u);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(AskTest, BothSubscribeAgainAfterALostLink) {
  Question first(*this, "first"), second(*this, "second");
  settle({&first, &second});
  memory_.lose("the network is gone");
  settle({&first, &second});
  EXPECT_EQ(memory_.subscriptions(), (Texts{subject_of(sent(0)), subject_of(sent(1))}));
  answer(2, sent(0), "0,first");
  answer(2, sent(1), "0,second");
  settle({&first, &second});
  EXPECT_EQ(first.answers, Texts{"0,first"});
  EXPECT_EQ(second.answers, Texts{"0,second"});
  EXPECT_EQ(broker_.published.size(), 2u) << "neither is sent again";
}

TEST_F(AskTest, ADeniedSubscriptionEndsItsOwnQuestionOnly) {
  Question first(*this, "first"), second(*this, "second");
  settle({&first, &second});
  memory_.deny("the server denies it", Denial::Of::kSubscription, subject_of(sent(0)));
  answer(2, sent(1), "0,second");
  settle({&first, &second});
  EXPECT_TRUE(first.ask.abandoned());
  EXPECT_FALSE(second.ask.abandoned());
  EXPECT_EQ(second.answers, Texts{"0,second"});
}

TEST_F(AskTest, TheEndOfOneLeavesTheOther) {
  Question second(*this, "second");
  {
    Question first(*this, "first");
    settle({&first, &second});
  }
  EXPECT_EQ(memory_.subscriptions(), Texts{subject_of(sent(0))});
  answer(2, sent(0), "0,second");
  settle({&second});
  EXPECT_EQ(second.answers, Texts{"0,second"});
}

}  // namespace
}  // namespace remaphore
