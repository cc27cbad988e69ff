// The contract of Bus (ports/bus.h), tested against the fake and a real server alike: while both agree, the tests that
// use the fake say something about the program.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "contract/in_memory_world.h"
#include "contract/nats_world.h"

namespace remaphore::test {
namespace {

enum class Kind { kOpen, kFlushed, kDelivery, kDenied, kLost, kRefused };

// An event that owns what it shows.
struct Seen {
  explicit Seen(const BusEvent& event) {
    std::visit([this](const auto& one) { see(one); }, event);
  }
  void see(const LinkOpen&) { kind = Kind::kOpen; }
  void see(const Flushed& flushed) {
    kind = Kind::kFlushed;
    flush = flushed.id;
  }
  void see(const Delivery& message) {
    kind = Kind::kDelivery;
    subscription = message.subscription;
    arrival = message.arrival;
    subject = message.subject;
    reply_to = message.reply_to;
    status = message.status;
    for (const auto& [name, value] : message.headers) headers += std::string(name) + "=" + std::string(value) + ";";
    payload = message.payload;
  }
  void see(const Denial& denial) {
    kind = Kind::kDenied;
    text = denial.text;
    denied = denial.of;
    subject = denial.subject;
  }
  void see(const LinkLost& loss) {
    kind = Kind::kLost;
    text = loss.reason;
    maybe_delivered = loss.maybe_delivered;
  }
  void see(const LinkRefused& refusal) {
    kind = Kind::kRefused;
    text = refusal.reason;
  }

  Kind kind;
  std::string text;
  bool maybe_delivered = false;
  FlushId flush = FlushId::kNone;
  Denial::Of denied = Denial::Of::kUnknown;
  SubscriptionId subscription = SubscriptionId::kNone;
  WallTime arrival;
  std::string subject, reply_to;
  int status = 0;
  std::string headers, payload;
};

template <class World>
class BusContractTest : public testing::Test {
 protected:
  // The next event of `bus`; a failure if there is none.
  Seen next(Bus& bus) {
    while (true) {
      if (const auto event = bus.next()) return Seen(*event);
      if (!world_.wait()) {
        ADD_FAILURE() << "nothing more happens";
        throw std::runtime_error("nothing more happens");
      }
    }
  }
  Seen expect(Bus& bus, Kind kind) {
    Seen seen = next(bus);
    EXPECT_EQ(static_cast<int>(seen.kind), static_cast<int>(kind)) << seen.text;
    return seen;
  }
  // Skips what happens meanwhile.
  Seen await(Bus& bus, Kind kind) {
    while (true) {
      Seen seen = next(bus);
      if (seen.kind == kind) return seen;
    }
  }
  // Waits until everything sent so far is processed; returns the payloads that came before.
  std::vector<std::string> settle(Bus& bus) {
    std::vector<std::string> payloads;
    const FlushId flush = bus.flush();
    EXPECT_NE(flush, FlushId::kNone);
    while (true) {
      Seen seen = next(bus);
      if (seen.kind == Kind::kFlushed && seen.flush == flush) return payloads;
      EXPECT_EQ(static_cast<int>(seen.kind), static_cast<int>(Kind::kDelivery)) << seen.text;
      payloads.push_back(std::move(seen.payload));
    }
  }
  std::unique_ptr<Bus> opened(Login login = Login::kFree) {
    auto bus = world_.make_bus(login);
    bus->connect();
    expect(*bus, Kind::kOpen);
    return bus;
  }
  std::unique_ptr<Bus> subscribed(const std::string& subject) {
    auto bus = opened();
    bus->subscribe(subject);
    EXPECT_TRUE(settle(*bus).empty());
    return bus;
  }

  World world_;
};

using Worlds = testing::Types<InMemoryWorld, NatsWorld>;
TYPED_TEST_SUITE(BusContractTest, Worlds);

TYPED_TEST(BusContractTest, SaysNothingBeforeItIsToConnect) {
  auto bus = this->world_.make_bus(Login::kFree);
  EXPECT_EQ(bus->subscribe("a"), SubscriptionId::kNone);
  bus->publish({.subject = "a", .payload = "x"});
  EXPECT_EQ(bus->flush(), FlushId::kNone);
  EXPECT_FALSE(bus->next());
  bus->connect();
  this->expect(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());  // what was said too early was not kept
}

TYPED_TEST(BusContractTest, OpensAndConfirmsEachFlushUnderItsId) {
  auto bus = this->opened();
  const FlushId one = bus->flush();
  EXPECT_EQ(this->expect(*bus, Kind::kFlushed).flush, one);
  const FlushId two = bus->flush(), three = bus->flush();
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_EQ(this->expect(*bus, Kind::kFlushed).flush, two);
  EXPECT_EQ(this->expect(*bus, Kind::kFlushed).flush, three);
  EXPECT_FALSE(bus->next());
}

TYPED_TEST(BusContractTest, DeliversWhatIsPublishedAfterAConfirmedSubscription) {
  auto listener = this->subscribed("remaphore.all");
  auto sender = this->opened();
  sender->publish({.subject = "remaphore.all", .payload = "hello"});
  sender->flush();
  this->expect(*sender, Kind::kFlushed);
  EXPECT_EQ(this->expect(*listener, Kind::kDelivery).payload, "hello");
}

TYPED_TEST(BusContractTest, StampsADeliveryWhenItArrives) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  const WallTime before = this->world_.now();
  sender->publish({.subject = "a", .payload = "x"});
  const WallTime arrival = this->expect(*listener, Kind::kDelivery).arrival;
  EXPECT_GE(arrival, before);
  EXPECT_LE(arrival, this->world_.now());
}

TYPED_TEST(BusContractTest, KeepsTheOrder) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  for (int i = 0; i < 2000; ++i) sender->publish({.subject = "a", .payload = std::to_string(i)});
  sender->flush();
  this->expect(*sender, Kind::kFlushed);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(this->expect(*listener, Kind::kDelivery).payload, std::to_string(i));
}

TYPED_TEST(BusContractTest, DeliversToEverySubscriber) {
  auto one = this->subscribed("a"), two = this->subscribed("a");
  auto sender = this->opened();
  sender->publish({.subject = "a", .payload = "x"});
  EXPECT_EQ(this->expect(*one, Kind::kDelivery).payload, "x");
  EXPECT_EQ(this->expect(*two, Kind::kDelivery).payload, "x");
}

TYPED_TEST(BusContractTest, DeliversItsOwnPublicationsBeforeTheirConfirmation) {
  auto bus = this->subscribed("a");
  bus->publish({.subject = "a", .payload = "one"});
  bus->publish({.subject = "a", .payload = "two"});
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"one", "two"}));
}

TYPED_TEST(BusContractTest, DeliversNothingOfOtherSubjects) {
  auto listener = this->subscribed("a.b");
  for (const char* subject : {"a", "a.b.c", "a.bb", "b", "A.B", "x.a.b"})
    listener->publish({.subject = subject, .payload = "not for us"});
  listener->publish({.subject = "a.b", .payload = "for us"});
  EXPECT_EQ(this->settle(*listener), (std::vector<std::string>{"for us"}));
}

TYPED_TEST(BusContractTest, KnowsNothingOfWhatWasPublishedBefore) {
  auto sender = this->opened();
  sender->publish({.subject = "a", .payload = "too early"});
  EXPECT_TRUE(this->settle(*sender).empty());
  auto listener = this->subscribed("a");
  EXPECT_TRUE(this->settle(*listener).empty());
}

TYPED_TEST(BusContractTest, TakesSeveralSubscriptions) {
  auto bus = this->opened();
  bus->subscribe("a");
  bus->subscribe("b");
  bus->publish({.subject = "b", .payload = "1"});
  bus->publish({.subject = "a", .payload = "2"});
  bus->publish({.subject = "c", .payload = "3"});
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"1", "2"}));
}

TYPED_TEST(BusContractTest, DeliversThePayloadVerbatim) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  const std::string payloads[] = {
      "",    std::string("\0", 1), "\r\n", "\r\nPING\r\n", "MSG a 1 1\r\nx\r\n", "+OK\r\n-ERR 'x'\r\n",
      every, every + every + "\r",
  };
  auto bus = this->subscribed("a");
  for (const std::string& payload : payloads) bus->publish({.subject = "a", .payload = payload});
  EXPECT_EQ(this->settle(*bus), std::vector<std::string>(std::begin(payloads), std::end(payloads)));
}

TYPED_TEST(BusContractTest, TakesPayloadsUpToTheAnnouncedSize) {
  auto bus = this->subscribed("a");
  ASSERT_EQ(bus->max_payload(), this->world_.max_payload());
  std::string large(bus->max_payload(), 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i / 1000 % 26);
  bus->publish({.subject = "a", .payload = large});
  bus->publish({.subject = "a", .payload = "after"});
  const auto payloads = this->settle(*bus);
  ASSERT_EQ(payloads.size(), 2u);
  EXPECT_TRUE(payloads[0] == large);
  EXPECT_EQ(payloads[1], "after");
}

// ---- which subscription, where answers go, headers

TYPED_TEST(BusContractTest, SaysWhichSubscriptionADeliveryIsFor) {
  auto bus = this->opened();
  const SubscriptionId a = bus->subscribe("a"), b = bus->subscribe("b"), again = bus->subscribe("a");
  EXPECT_NE(a, SubscriptionId::kNone);
  EXPECT_NE(a, b);
  EXPECT_NE(a, again);
  bus->publish({.subject = "b", .payload = "x"});
  const Seen to_b = this->expect(*bus, Kind::kDelivery);
  EXPECT_EQ(to_b.subscription, b);
  EXPECT_EQ(to_b.subject, "b");
  bus->publish({.subject = "a", .payload = "x"});
  const SubscriptionId one = this->expect(*bus, Kind::kDelivery).subscription;
  const SubscriptionId two = this->expect(*bus, Kind::kDelivery).subscription;
  EXPECT_EQ(std::min(one, two), a);
  EXPECT_EQ(std::max(one, two), again);
}

TYPED_TEST(BusContractTest, DeliversNothingForASubscriptionThatWasEnded) {
  auto bus = this->opened();
  const SubscriptionId ended = bus->subscribe("a"), kept = bus->subscribe("a");
  bus->publish({.subject = "a", .payload = "x"});
  bus->flush();
  bus->unsubscribe(ended);  // its delivery is on its way
  EXPECT_EQ(this->expect(*bus, Kind::kDelivery).subscription, kept);
  this->expect(*bus, Kind::kFlushed);
  bus->publish({.subject = "a", .payload = "y"});
  EXPECT_EQ(this->expect(*bus, Kind::kDelivery).subscription, kept);
  EXPECT_TRUE(this->settle(*bus).empty());
  bus->unsubscribe(ended);  // does no harm
  bus->unsubscribe(SubscriptionId::kNone);
  bus->unsubscribe(kept);
  bus->publish({.subject = "a", .payload = "z"});
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContractTest, GivesNoIdTwice) {
  auto bus = this->opened();
  const SubscriptionId before = bus->subscribe("a");
  const FlushId flush = bus->flush();
  this->expect(*bus, Kind::kFlushed);
  this->world_.cut_all_links();
  this->await(*bus, Kind::kOpen);
  EXPECT_LT(before, bus->subscribe("b"));
  bus->unsubscribe(before);
  bus->publish({.subject = "b", .payload = "x"});
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"x"}));
  EXPECT_LT(flush, bus->flush());
}

TYPED_TEST(BusContractTest, DeliversWhereTheAnswerIsToGo) {
  auto listener = this->subscribed("a");
  auto asker = this->opened();
  asker->subscribe("answers.1");
  asker->publish({.subject = "a", .reply_to = "answers.1", .payload = "question"});
  const Seen question = this->expect(*listener, Kind::kDelivery);
  EXPECT_EQ(question.reply_to, "answers.1");
  EXPECT_EQ(question.payload, "question");
  listener->publish({.subject = question.reply_to, .payload = "answer"});
  const Seen answer = this->expect(*asker, Kind::kDelivery);
  EXPECT_EQ(answer.payload, "answer");
  EXPECT_EQ(answer.reply_to, "");
}

TYPED_TEST(BusContractTest, DeliversHeaders) {
  auto bus = this->subscribed("a");
  const Header headers[] = {{"Nats-Msg-Id", "01ab"}, {"x", ""}, {"x", "a: b"}};
  bus->publish({.subject = "a", .headers = headers, .payload = "with"});
  bus->publish({.subject = "a", .reply_to = "b", .headers = headers});
  bus->publish({.subject = "a", .payload = "without"});
  Seen seen = this->expect(*bus, Kind::kDelivery);
  EXPECT_EQ(seen.headers, "Nats-Msg-Id=01ab;x=;x=a: b;");
  EXPECT_EQ(seen.payload, "with");
  EXPECT_EQ(seen.status, 0);
  seen = this->expect(*bus, Kind::kDelivery);
  EXPECT_EQ(seen.headers, "Nats-Msg-Id=01ab;x=;x=a: b;");
  EXPECT_EQ(seen.reply_to, "b");
  EXPECT_EQ(seen.payload, "");
  EXPECT_EQ(this->expect(*bus, Kind::kDelivery).headers, "");
}

TYPED_TEST(BusContractTest, SaysThatNobodyListensToAQuestion) {
  auto bus = this->opened();
  const SubscriptionId answers = bus->subscribe("answers.*");
  bus->publish({.subject = "nobody", .reply_to = "answers.1", .payload = "?"});
  const Seen seen = this->expect(*bus, Kind::kDelivery);
  EXPECT_EQ(seen.status, 503);
  EXPECT_EQ(seen.subject, "answers.1");
  EXPECT_EQ(seen.subscription, answers);
  EXPECT_EQ(seen.payload, "");
}

TYPED_TEST(BusContractTest, SubscribesToAnyLastPart) {
  auto bus = this->opened();
  bus->subscribe("a.*");
  for (const char* subject : {"a", "b.x", "a.b.c", "aa.b"}) bus->publish({.subject = subject, .payload = "not for us"});
  bus->publish({.subject = "a.b", .payload = "1"});
  bus->publish({.subject = "a.c", .payload = "2"});
  EXPECT_EQ(this->expect(*bus, Kind::kDelivery).subject, "a.b");
  EXPECT_EQ(this->expect(*bus, Kind::kDelivery).subject, "a.c");
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContractTest, HasAnInboxOfItsOwnThatOthersMayNotRead) {
  auto bound = this->opened(Login::kBound), free = this->opened();
  const std::string inbox(bound->inbox_prefix());
  EXPECT_EQ(inbox.rfind("_INBOX.U", 0), 0u);
  EXPECT_NE(inbox, free->inbox_prefix());
  bound->subscribe(inbox + ".*");
  EXPECT_TRUE(this->settle(*bound).empty());  // not denied
  free->publish({.subject = inbox + ".1", .payload = "answer"});
  EXPECT_EQ(this->expect(*bound, Kind::kDelivery).payload, "answer");
  const std::string other = std::string(free->inbox_prefix()) + ".*";
  bound->subscribe(other);
  EXPECT_EQ(this->expect(*bound, Kind::kDenied).subject, other);
}

// ---- denials, refusals and lost links

TYPED_TEST(BusContractTest, DeniesASubscriptionAndKeepsTheLink) {
  auto bus = this->opened(Login::kBound);
  bus->subscribe("forbidden");
  bus->subscribe(kPermitted);
  bus->flush();
  const Seen denied = this->expect(*bus, Kind::kDenied);
  EXPECT_NE(denied.text, "");
  EXPECT_EQ(denied.denied, Denial::Of::kSubscription);
  EXPECT_EQ(denied.subject, "forbidden");
  this->expect(*bus, Kind::kFlushed);
  bus->publish({.subject = kPermitted, .payload = "x"});
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"x"}));
}

TYPED_TEST(BusContractTest, DeniesAPublicationAndKeepsTheLink) {
  auto listener = this->subscribed("forbidden");
  auto bus = this->opened(Login::kBound);
  bus->publish({.subject = "forbidden", .payload = "x"});
  bus->flush();
  const Seen denied = this->expect(*bus, Kind::kDenied);
  EXPECT_NE(denied.text, "");
  EXPECT_EQ(denied.denied, Denial::Of::kPublication);
  EXPECT_EQ(denied.subject, "forbidden");
  this->expect(*bus, Kind::kFlushed);
  EXPECT_TRUE(this->settle(*listener).empty());
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContractTest, EndsWhenItsCredentialsAreRefused) {
  auto bus = this->world_.make_bus(Login::kWrong);
  bus->connect();
  const Seen refused = this->await(*bus, Kind::kRefused);
  EXPECT_NE(refused.text, "");
  bus->publish({.subject = "a", .payload = "x"});
  bus->flush();
  EXPECT_FALSE(bus->next());
}

TYPED_TEST(BusContractTest, ReportsALostLinkAndOpensTheNext) {
  auto bus = this->subscribed("a");
  this->world_.cut_all_links();
  const Seen lost = this->expect(*bus, Kind::kLost);
  EXPECT_NE(lost.text, "");
  EXPECT_FALSE(lost.maybe_delivered);  // nothing was published
  this->await(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContractTest, ForgetsSubscriptionsWithTheirLink) {
  auto bus = this->subscribed("a");
  this->world_.cut_all_links();
  this->await(*bus, Kind::kOpen);
  bus->publish({.subject = "a", .payload = "unheard"});
  EXPECT_TRUE(this->settle(*bus).empty());
  bus->subscribe("a");
  bus->publish({.subject = "a", .payload = "heard"});
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"heard"}));
}

TYPED_TEST(BusContractTest, SaysThatAnUnconfirmedPublicationMayHaveBeenDelivered) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  EXPECT_TRUE(this->settle(*sender).empty());
  sender->publish({.subject = "a", .payload = "x"});
  EXPECT_EQ(this->expect(*listener, Kind::kDelivery).payload, "x");  // so it has reached the server
  this->world_.cut_all_links();
  EXPECT_TRUE(this->expect(*sender, Kind::kLost).maybe_delivered);
}

TYPED_TEST(BusContractTest, SaysNothingOfTheKindOnceItWasConfirmed) {
  auto sender = this->opened();
  sender->publish({.subject = "a", .payload = "x"});
  EXPECT_TRUE(this->settle(*sender).empty());
  this->world_.cut_all_links();
  EXPECT_FALSE(this->expect(*sender, Kind::kLost).maybe_delivered);
}

TYPED_TEST(BusContractTest, IgnoresWhatIsSaidWithoutALink) {
  auto bus = this->subscribed("a");
  this->world_.stop();
  this->expect(*bus, Kind::kLost);
  bus->subscribe("a");
  bus->publish({.subject = "a", .payload = "x"});
  bus->flush();
  this->world_.start();
  this->await(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContractTest, KeepsTryingUntilThereIsAServer) {
  this->world_.stop();
  auto bus = this->world_.make_bus(Login::kFree);
  bus->connect();
  const Seen lost = this->expect(*bus, Kind::kLost);
  EXPECT_NE(lost.text, "");
  EXPECT_FALSE(lost.maybe_delivered);
  this->world_.start();
  this->await(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());
}

}  // namespace
}  // namespace remaphore::test
