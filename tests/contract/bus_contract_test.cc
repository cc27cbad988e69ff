// What a Bus promises (ports/bus.h), asked of the fake and of a real server alike: as long as both agree, the tests
// that use the fake say something about the program.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "contract/in_memory_world.h"
#include "contract/nats_world.h"

namespace remaphore::test {
namespace {

using Kind = BusEvent::Kind;

// An event that owns its payload.
struct Seen {
  Kind kind;
  std::string payload;
  WallTime arrival;
  std::string text;
  bool maybe_delivered;
};

template <class World>
class BusContract : public testing::Test {
 protected:
  // The next event of `bus`; a failure if the world gives none.
  Seen next(Bus& bus) {
    while (true) {
      if (const auto event = bus.next()) {
        return {event->kind, std::string(event->payload), event->arrival, event->text, event->maybe_delivered};
      }
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
  // Everything said so far is processed; gives the payloads that came before the confirmation.
  std::vector<std::string> settle(Bus& bus) {
    std::vector<std::string> payloads;
    bus.confirm();
    while (true) {
      Seen seen = next(bus);
      if (seen.kind == Kind::kConfirmed) return payloads;
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
TYPED_TEST_SUITE(BusContract, Worlds);

TYPED_TEST(BusContract, SaysNothingBeforeItIsToConnect) {
  auto bus = this->world_.make_bus(Login::kFree);
  bus->subscribe("a");
  bus->publish("a", "x");
  bus->confirm();
  EXPECT_FALSE(bus->next());
  bus->connect();
  this->expect(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());  // what was said too early was not kept
}

TYPED_TEST(BusContract, OpensAndConfirms) {
  auto bus = this->opened();
  bus->confirm();
  this->expect(*bus, Kind::kConfirmed);
  bus->confirm();
  bus->confirm();
  this->expect(*bus, Kind::kConfirmed);
  this->expect(*bus, Kind::kConfirmed);
  EXPECT_FALSE(bus->next());
}

TYPED_TEST(BusContract, DeliversWhatIsPublishedAfterAConfirmedSubscription) {
  auto listener = this->subscribed("remaphore.all");
  auto sender = this->opened();
  sender->publish("remaphore.all", "hello");
  sender->confirm();
  this->expect(*sender, Kind::kConfirmed);
  EXPECT_EQ(this->expect(*listener, Kind::kDelivery).payload, "hello");
}

TYPED_TEST(BusContract, StampsADeliveryWhenItArrives) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  const WallTime before = this->world_.now();
  sender->publish("a", "x");
  const WallTime arrival = this->expect(*listener, Kind::kDelivery).arrival;
  EXPECT_GE(arrival, before);
  EXPECT_LE(arrival, this->world_.now());
}

TYPED_TEST(BusContract, KeepsTheOrder) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  for (int i = 0; i < 2000; ++i) sender->publish("a", std::to_string(i));
  sender->confirm();
  this->expect(*sender, Kind::kConfirmed);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(this->expect(*listener, Kind::kDelivery).payload, std::to_string(i));
}

TYPED_TEST(BusContract, DeliversToEverySubscriber) {
  auto one = this->subscribed("a"), two = this->subscribed("a");
  auto sender = this->opened();
  sender->publish("a", "x");
  EXPECT_EQ(this->expect(*one, Kind::kDelivery).payload, "x");
  EXPECT_EQ(this->expect(*two, Kind::kDelivery).payload, "x");
}

TYPED_TEST(BusContract, DeliversItsOwnPublicationsBeforeTheirConfirmation) {
  auto bus = this->subscribed("a");
  bus->publish("a", "one");
  bus->publish("a", "two");
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"one", "two"}));
}

TYPED_TEST(BusContract, DeliversNothingOfOtherSubjects) {
  auto listener = this->subscribed("a.b");
  for (const char* subject : {"a", "a.b.c", "a.bb", "b", "A.B", "x.a.b"}) listener->publish(subject, "not for us");
  listener->publish("a.b", "for us");
  EXPECT_EQ(this->settle(*listener), (std::vector<std::string>{"for us"}));
}

TYPED_TEST(BusContract, KnowsNothingOfWhatWasPublishedBefore) {
  auto sender = this->opened();
  sender->publish("a", "too early");
  EXPECT_TRUE(this->settle(*sender).empty());
  auto listener = this->subscribed("a");
  EXPECT_TRUE(this->settle(*listener).empty());
}

TYPED_TEST(BusContract, TakesSeveralSubscriptions) {
  auto bus = this->opened();
  bus->subscribe("a");
  bus->subscribe("b");
  bus->publish("b", "1");
  bus->publish("a", "2");
  bus->publish("c", "3");
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"1", "2"}));
}

TYPED_TEST(BusContract, DeliversThePayloadVerbatim) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  const std::string payloads[] = {
      "",    std::string("\0", 1), "\r\n", "\r\nPING\r\n", "MSG a 1 1\r\nx\r\n", "+OK\r\n-ERR 'x'\r\n",
      every, every + every + "\r",
  };
  auto bus = this->subscribed("a");
  for (const std::string& payload : payloads) bus->publish("a", payload);
  EXPECT_EQ(this->settle(*bus), std::vector<std::string>(std::begin(payloads), std::end(payloads)));
}

TYPED_TEST(BusContract, TakesPayloadsUpToTheAnnouncedSize) {
  auto bus = this->subscribed("a");
  ASSERT_EQ(bus->max_payload(), this->world_.max_payload());
  std::string large(bus->max_payload(), 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i / 1000 % 26);
  bus->publish("a", large);
  bus->publish("a", "after");
  const auto payloads = this->settle(*bus);
  ASSERT_EQ(payloads.size(), 2u);
  EXPECT_TRUE(payloads[0] == large);
  EXPECT_EQ(payloads[1], "after");
}

TYPED_TEST(BusContract, DeniesASubscriptionAndKeepsTheLink) {
  auto bus = this->opened(Login::kBound);
  bus->subscribe("forbidden");
  bus->subscribe(kPermitted);
  bus->confirm();
  EXPECT_NE(this->expect(*bus, Kind::kDenied).text, "");
  this->expect(*bus, Kind::kConfirmed);
  bus->publish(kPermitted, "x");
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"x"}));
}

TYPED_TEST(BusContract, DeniesAPublicationAndKeepsTheLink) {
  auto listener = this->subscribed("forbidden");
  auto bus = this->opened(Login::kBound);
  bus->publish("forbidden", "x");
  bus->confirm();
  EXPECT_NE(this->expect(*bus, Kind::kDenied).text, "");
  this->expect(*bus, Kind::kConfirmed);
  EXPECT_TRUE(this->settle(*listener).empty());
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContract, EndsWhenItsCredentialsAreRefused) {
  auto bus = this->world_.make_bus(Login::kWrong);
  bus->connect();
  const Seen refused = this->await(*bus, Kind::kRefused);
  EXPECT_NE(refused.text, "");
  bus->publish("a", "x");
  bus->confirm();
  EXPECT_FALSE(bus->next());
}

TYPED_TEST(BusContract, ReportsALostLinkAndOpensTheNext) {
  auto bus = this->subscribed("a");
  this->world_.cut_all_links();
  const Seen lost = this->expect(*bus, Kind::kLost);
  EXPECT_NE(lost.text, "");
  EXPECT_FALSE(lost.maybe_delivered);  // nothing was published
  this->await(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContract, ForgetsSubscriptionsWithTheirLink) {
  auto bus = this->subscribed("a");
  this->world_.cut_all_links();
  this->await(*bus, Kind::kOpen);
  bus->publish("a", "unheard");
  EXPECT_TRUE(this->settle(*bus).empty());
  bus->subscribe("a");
  bus->publish("a", "heard");
  EXPECT_EQ(this->settle(*bus), (std::vector<std::string>{"heard"}));
}

TYPED_TEST(BusContract, SaysThatAnUnconfirmedPublicationMayHaveBeenDelivered) {
  auto listener = this->subscribed("a");
  auto sender = this->opened();
  EXPECT_TRUE(this->settle(*sender).empty());
  sender->publish("a", "x");
  EXPECT_EQ(this->expect(*listener, Kind::kDelivery).payload, "x");  // so it has reached the server
  this->world_.cut_all_links();
  EXPECT_TRUE(this->expect(*sender, Kind::kLost).maybe_delivered);
}

TYPED_TEST(BusContract, SaysNothingOfTheKindOnceItWasConfirmed) {
  auto sender = this->opened();
  sender->publish("a", "x");
  EXPECT_TRUE(this->settle(*sender).empty());
  this->world_.cut_all_links();
  EXPECT_FALSE(this->expect(*sender, Kind::kLost).maybe_delivered);
}

TYPED_TEST(BusContract, IgnoresWhatIsSaidWithoutALink) {
  auto bus = this->subscribed("a");
  this->world_.stop();
  this->expect(*bus, Kind::kLost);
  bus->subscribe("a");
  bus->publish("a", "x");
  bus->confirm();
  this->world_.start();
  this->await(*bus, Kind::kOpen);
  EXPECT_TRUE(this->settle(*bus).empty());
}

TYPED_TEST(BusContract, KeepsTryingUntilThereIsAServer) {
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
