#include "io/lookups.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>

#include <string>

#include "support/slow_names.h"

namespace remaphore {
namespace {

Resolver::LookUp asks(const test::SlowNames& names) {
  return [names](const std::string&) {
    Resolver::Found found;
    for (const std::string& literal : names.ask()) found.addresses.push_back(*SocketAddress::parse(literal));
    return found;
  };
}

void await(const Lookups& lookups, const std::string& host) {
  while (!lookups.done(host)) poll(nullptr, 0, 1);
}

TEST(LookupsTest, NeedNoAnswerForALiteral) {
  Lookups lookups([](const std::string&) -> Resolver::Found { abort(); });
  lookups.start("127.0.0.2");
  ASSERT_TRUE(lookups.done("127.0.0.2"));
  EXPECT_EQ(lookups.take("127.0.0.2", 1)->front().host(), "127.0.0.2");
}

TEST(LookupsTest, AskOnceForAsLongAsItTakes) {
  test::SlowNames names;
  Lookups lookups(asks(names));
  for (int i = 0; i < 3; ++i) lookups.start("hub.example");
  EXPECT_FALSE(lookups.done("hub.example"));
  names.answer({"127.0.0.2", "127.0.0.3"});
  await(lookups, "hub.example");
  lookups.start("hub.example");
  const auto addresses = lookups.take("hub.example", 4222);
  ASSERT_TRUE(addresses);
  EXPECT_EQ((*addresses)[1].host(), "127.0.0.3");
  EXPECT_EQ(names.questions(), 1);
}

TEST(LookupsTest, AskAgainOnceTheAnswerWasTaken) {
  test::SlowNames names;
  names.answer({"127.0.0.2"});
  Lookups lookups(asks(names));
  for (int i = 0; i < 2; ++i) {
    lookups.start("hub.example");
    await(lookups, "hub.example");
    ASSERT_TRUE(lookups.take("hub.example", 1));
  }
  EXPECT_EQ(names.questions(), 2);
}

TEST(LookupsTest, ForgetAnAnswerThatWasNotTaken) {
  test::SlowNames names;
  names.answer({"127.0.0.2"});
  Lookups lookups(asks(names));
  lookups.start("hub.example");
  await(lookups, "hub.example");
  lookups.forget();
  EXPECT_FALSE(lookups.done("hub.example"));
}

TEST(LookupsTest, AskForSoManyNamesAtATime) {
  test::SlowNames names;
  Lookups lookups(asks(names));
  for (int i = 0; i < 100; ++i) lookups.start("h" + std::to_string(i));
  EXPECT_FALSE(lookups.done("h99"));
  names.answer({"127.0.0.2"});
  await(lookups, "h0");
  lookups.start("h99");
  await(lookups, "h99");
  EXPECT_LE(names.questions(), static_cast<int>(Lookups::kMaxUnderWay) + 1);
}

TEST(LookupsTest, KeepRoomForTheNamesOfTheConfig) {
  test::SlowNames names;
  Lookups lookups(asks(names));
  for (int i = 0; i < 100; ++i) lookups.start("h" + std::to_string(i), Lookups::Source::kAnnounced);
  lookups.start("hub.example");
  names.answer({"127.0.0.2"});
  await(lookups, "hub.example");
  EXPECT_LE(names.questions(), static_cast<int>(Lookups::kMaxAnnounced) + 1);
}

TEST(LookupsTest, NameTheHostThatHasNoAddress) {
  Lookups lookups([](const std::string&) { return Resolver::Found{EAI_NONAME}; });
  lookups.start("hub.example");
  await(lookups, "hub.example");
  const auto addresses = lookups.take("hub.example", 1);
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().message, "cannot look up \"hub.example\": Name or service not known");
}

}  // namespace
}  // namespace remaphore
