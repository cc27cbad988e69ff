#include "app/bus_dispatch.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "support/app_fixture.h"

namespace remaphore {
namespace {

// Subscribes to its subject at every link, and writes down what it hears.
class Client : public BusClient {
 public:
  Client(std::string name, std::string& heard) : name_(std::move(name)), heard_(heard) {}

  void opened() override {
    hear("opened");
    if (!subject.empty()) subscription = bus().subscribe(*this, subject);
    if (at_open) at_open();
  }
  void flushed(FlushId) override { hear("flushed"); }
  void delivered(const Delivery& message) override { hear(std::string(message.payload)); }
  void denied(const Denial& denial) override { hear("denied " + denial.subject); }
  void lost(const LinkLost& loss) override { hear("lost " + loss.reason); }
  void refused(const std::string& why) override { hear("refused " + why); }

  std::string subject;
  SubscriptionId subscription = SubscriptionId::kNone;
  std::function<void()> at_open;

 private:
  void hear(const std::string& what) { heard_ += name_ + ": " + what + "\n"; }

  std::string name_;
  std::string& heard_;
};

class BusDispatchTest : public test::AppTest {
 protected:
  void connect_both() {
    dispatch_.attach(a_);
    dispatch_.attach(b_);
    dispatch_.connect();
    take_heard();
  }
  std::string take_heard() {
    dispatch_.dispatch();
    return std::exchange(heard_, "");
  }

  std::string heard_;
  BusDispatch dispatch_{memory_};
  Client a_{"a", heard_}, b_{"b", heard_};
};

TEST_F(BusDispatchTest, TellsAllClientsOfTheLinkInTheirOrder) {
  dispatch_.attach(b_);
  dispatch_.attach(a_);
  dispatch_.connect();
  EXPECT_EQ(take_heard(), "b: opened\na: opened\n");
  memory_.deny("no", Denial::Of::kPublication, "x.y");
  EXPECT_EQ(take_heard(), "b: denied x.y\na: denied x.y\n");
  broker_.stop();
  EXPECT_EQ(take_heard(), "b: lost the server closed the connection\na: lost the server closed the connection\n");
}

TEST_F(BusDispatchTest, HandsAMessageToItsSubscriber) {
  a_.subject = "x.a";
  b_.subject = "x.b";
  connect_both();
  broker_.publish("x.b", "one");
  broker_.publish("x.a", "two");
  EXPECT_EQ(take_heard(), "b: one\na: two\n");
  memory_.lose("gone");
  EXPECT_EQ(take_heard(), "a: lost gone\nb: lost gone\na: opened\nb: opened\n");
  broker_.publish("x.a", "over the next link");
  EXPECT_EQ(take_heard(), "a: over the next link\n");
}

TEST_F(BusDispatchTest, ConfirmsAFlushToTheClientThatRequestedIt) {
  connect_both();
  dispatch_.flush(b_);
  dispatch_.flush(a_);
  EXPECT_EQ(take_heard(), "b: flushed\na: flushed\n");
  dispatch_.flush(a_);
  EXPECT_EQ(take_heard(), "a: flushed\n");
}

TEST_F(BusDispatchTest, ConfirmsAnEarlierFlushWithALaterOne) {
  connect_both();
  memory_.hold_confirmations(true);
  dispatch_.flush(a_);
  memory_.hold_confirmations(false);
  EXPECT_EQ(take_heard(), "");
  dispatch_.flush(b_);
  EXPECT_EQ(take_heard(), "a: flushed\nb: flushed\n");
}

TEST_F(BusDispatchTest, ConfirmsNoFlushOverTheNextLink) {
  connect_both();
  memory_.hold_confirmations(true);
  dispatch_.flush(a_);
  memory_.hold_confirmations(false);
  memory_.lose("gone");
  take_heard();
  dispatch_.flush(b_);
  EXPECT_EQ(take_heard(), "b: flushed\n");
}

TEST_F(BusDispatchTest, ConfirmsNoFlushToAClientThatHasGone) {
  auto passing = std::make_unique<Client>("c", heard_);
  dispatch_.attach(*passing);
  dispatch_.attach(a_);
  dispatch_.connect();
  take_heard();
  dispatch_.flush(*passing);
  dispatch_.flush(a_);
  passing.reset();
  EXPECT_EQ(take_heard(), "a: flushed\n");
}

TEST_F(BusDispatchTest, HandsOutNothingMoreOnceAClientUnsubscribes) {
  a_.subject = "x.a";
  dispatch_.attach(a_);
  dispatch_.connect();
  take_heard();
  broker_.publish("x.a", "late");
  dispatch_.unsubscribe(a_.subscription);
  EXPECT_EQ(take_heard(), "");
  EXPECT_TRUE(memory_.subscriptions().empty());
}

TEST_F(BusDispatchTest, TellsALaterClientOfTheOpenLink) {
  dispatch_.attach(a_);
  EXPECT_EQ(heard_, "");
  dispatch_.connect();
  take_heard();
  dispatch_.attach(b_);
  EXPECT_EQ(take_heard(), "b: opened\n");
}

TEST_F(BusDispatchTest, TellsAClientThatIsAttachedByAnotherOnce) {
  a_.at_open = [this] { dispatch_.attach(b_); };
  dispatch_.attach(a_);
  dispatch_.connect();
  EXPECT_EQ(take_heard(), "a: opened\nb: opened\n");
}

TEST_F(BusDispatchTest, ForgetsAClientThatGoesEvenWhileItTellsAnother) {
  auto passing = std::make_unique<Client>("c", heard_);
  passing->subject = "x.c";
  dispatch_.attach(*passing);
  a_.at_open = [&] { passing.reset(); };
  dispatch_.attach(a_);
  dispatch_.attach(b_);
  dispatch_.connect();
  EXPECT_EQ(take_heard(), "c: opened\na: opened\nb: opened\n");
  EXPECT_TRUE(memory_.subscriptions().empty());
  broker_.publish("x.c", "nobody's");
  EXPECT_EQ(take_heard(), "");
}

}  // namespace
}  // namespace remaphore
