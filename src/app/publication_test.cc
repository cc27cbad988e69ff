#include "app/publication.h"

#include <gtest/gtest.h>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = Publication::State;
using Kind = BusEvent::Kind;

class PublicationTest : public test::AppTest {
 protected:
  PublicationTest() {
    options_.message = test::message_saying("hello");
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
    bus_.connect();
  }
  // Hands over one event.
  State step(Publication& publication) {
    const auto event = bus_.next();
    return event ? publication.handle(*event) : publication.state();
  }
  static BusEvent lost(bool maybe_delivered) {
    return {.kind = Kind::kLost, .text = "link lost", .maybe_delivered = maybe_delivered};
  }

  SendOptions options_;
};

TEST_F(PublicationTest, PublishesWhenTheLinkIsOpenAndWaitsForTheConfirmation) {
  Publication publication(options_, clock_, bus_, log_);
  EXPECT_EQ(publication.state(), State::kUnsent);
  EXPECT_TRUE(broker_.published.empty());
  EXPECT_EQ(step(publication), State::kSent);
  ASSERT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(broker_.published[0].subject, kSubject);
  EXPECT_EQ(broker_.published[0].payload, wire::encode(options_.message, config_.default_signer().secret_key));
  EXPECT_EQ(step(publication), State::kConfirmed);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PublicationTest, SignsAnewIfTheServerWasSlow) {
  Publication publication(options_, clock_, bus_, log_);
  clock_.advance(seconds(4));
  step(publication);
  const auto time = wire::parse_time(wire::Fields::split(broker_.published[0].payload)->time());
  EXPECT_EQ(*time, clock_.now());
}

TEST_F(PublicationTest, WasNotTakenByAServerThatRefusesTheCredentials) {
  Publication publication(options_, clock_, bus_, log_);
  EXPECT_EQ(step(publication), State::kSent);
  EXPECT_TRUE(publication.written());
  EXPECT_EQ(publication.handle({.kind = Kind::kRefused, .text = "refused"}), State::kFailed);
  EXPECT_FALSE(publication.written());
}

TEST_F(PublicationTest, StaysTakenIfTheCredentialsAreRefusedLater) {
  Publication publication(options_, clock_, bus_, log_);
  step(publication);
  EXPECT_EQ(step(publication), State::kConfirmed);
  EXPECT_EQ(publication.handle({.kind = Kind::kRefused, .text = "refused"}), State::kFailed);
  EXPECT_TRUE(publication.written());
}

TEST_F(PublicationTest, SubscribesToItsRepliesFirst) {
  Publication publication(options_, clock_, bus_, log_);
  publication.expect_replies("remaphore");
  std::vector<std::string> at_publication;
  broker_.on_publish = [&](const std::string&, const std::string&) { at_publication = memory_.subscriptions(); };
  step(publication);
  EXPECT_EQ(publication.hash(), wire::hash(broker_.published[0].payload));
  EXPECT_EQ(at_publication, (std::vector<std::string>{subject::reply("remaphore", publication.hash())}));
}

TEST_F(PublicationTest, RefusesWhatIsLargerThanTheServerTakes) {
  broker_.max_payload = 50;
  test::InMemoryBus small(broker_, clock_);
  small.connect();
  Publication publication(options_, clock_, small, log_);
  EXPECT_EQ(publication.handle(*small.next()), State::kFailed);
  EXPECT_TRUE(broker_.published.empty());
  const std::size_t size = wire::encode(options_.message, config_.default_signer().secret_key).size();
  EXPECT_EQ(log_.text(),
            "error: the message is too large: " + std::to_string(size) + " bytes, the server takes 50 (max_payload)\n");
}

TEST_F(PublicationTest, FailsIfTheServerDeniesOrRefuses) {
  Publication denied(options_, clock_, bus_, log_);
  step(denied);
  EXPECT_EQ(denied.handle({.kind = Kind::kDenied, .text = "permissions violation"}), State::kFailed);
  Publication refused(options_, clock_, bus_, log_);
  EXPECT_EQ(refused.handle({.kind = Kind::kRefused, .text = "bad credentials"}), State::kFailed);
  EXPECT_EQ(log_.text(), "error: permissions violation\nerror: bad credentials\n");
}

TEST_F(PublicationTest, GoesOnTryingWhileNothingWasWritten) {
  Publication publication(options_, clock_, bus_, log_);
  EXPECT_EQ(publication.handle(lost(false)), State::kUnsent);
  EXPECT_EQ(publication.handle(lost(false)), State::kUnsent);
  EXPECT_EQ(step(publication), State::kSent);
  EXPECT_EQ(publication.handle(lost(false)), State::kUnsent);  // the server took nothing of it
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PublicationTest, FailsOnceItMayHaveBeenDelivered) {
  Publication sent(options_, clock_, bus_, log_);
  step(sent);
  EXPECT_EQ(sent.handle(lost(true)), State::kFailed);
  EXPECT_TRUE(said("link lost; the message may have been delivered"));
  Publication confirmed(options_, clock_, bus_, log_);
  confirmed.handle({.kind = Kind::kFlushed});
  EXPECT_EQ(confirmed.handle(lost(false)), State::kFailed);
  EXPECT_TRUE(said("link lost while waiting for replies; the message may have been delivered"));
}

TEST_F(PublicationTest, SaysHowFarItGotWhenItGivesUp) {
  Publication unheard(options_, clock_, bus_, log_);
  unheard.give_up(milliseconds(500));
  EXPECT_EQ(log_.lines.back(), "error: no server answered within 500ms");
  EXPECT_EQ(unheard.state(), State::kFailed);
  Publication turned_away(options_, clock_, bus_, log_);
  turned_away.handle(lost(false));
  turned_away.give_up(seconds(10));
  EXPECT_EQ(log_.lines.back(), "error: no server took the message within 10s: link lost");
  Publication unconfirmed(options_, clock_, bus_, log_);
  step(unconfirmed);
  unconfirmed.give_up(seconds(10));
  EXPECT_EQ(log_.lines.back(),
            "error: no confirmation from the server within 10s; the message may have been delivered");
}

}  // namespace
}  // namespace remaphore
