#include "fleet/published.h"

#include <gtest/gtest.h>

#include "fleet/key_fixture.h"
#include "fleet/node.h"

namespace remaphore::fleet {
namespace {

Roster sample() {
  Roster roster;
  roster.serial = 12;
  roster.fleet = FleetIdentity{"com.fleet", key_of(9)};
  roster.nodes = {{"com.a", key_of(1), "U", {"ping", "deploy"}, std::nullopt},
                  {"com.b", key_of(2), "U", {}, 1700000000},
                  {"com.b", key_of(3), "U", {}, std::nullopt}};
  roster.nodes[0].old_key = key_of(4);
  roster.nodes[2].send_only = true;
  EXPECT_TRUE(roster.groups.add("web com.a,com.b", 1));
  return roster;
}

TEST(PublishedTest, NamesEveryNodeAndNothingThatIsSecret) {
  EXPECT_EQ(format_published(sample(), 1700000000),
            "remaphore roster 1\nserial 12\ntime 2023-11-14T22:13:20Z\nfleet com.fleet " + base58(9) +
                "\ngroup web com.a,com.b\nnode com.a " + base58(1) + " ping,deploy\nold com.a " + base58(4) +
                "\nnode com.b " + base58(3) + " - send-only\nrevoked com.b " + base58(2) + "\nend\n");
}

TEST(PublishedTest, IsReadBackAsItWasWritten) {
  const std::string text = format_published(sample(), 1700000000);
  const Result<Published> read = parse_published(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->time, 1700000000);
  EXPECT_EQ(read->roster.serial, 12U);
  EXPECT_EQ(read->roster.find("com.a")->old_key, key_of(4));
  EXPECT_TRUE(read->roster.find("com.b")->send_only);
  EXPECT_NE(read->roster.find_revoked(key_of(2)), nullptr);
  EXPECT_EQ(format_published(read->roster, read->time), text);
}

TEST(PublishedTest, RefusesEveryTextWithAnyByteChangedTakenOrAdded) {
  const std::string text = format_published(sample(), 1700000000);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'\0', '\n', ' ', '#', '[', '\r', '\x80'}) {
      std::string changed = text;
      changed[at] = c;
      if (changed != text && parse_published(changed)) {
        EXPECT_EQ(format_published(parse_published(changed)->roster, parse_published(changed)->time), changed);
        ADD_FAILURE() << at << ": " << changed;
      }
    }
    EXPECT_FALSE(parse_published(text.substr(0, at))) << at;
    EXPECT_FALSE(parse_published(text.substr(at + 1))) << at;
  }
  EXPECT_FALSE(parse_published(text + text));
}

TEST(PublishedTest, RefusesMoreNodesThanAFleetHolds) {
  Roster roster = sample();
  roster.nodes.clear();
  const auto add = [&roster] {
    const PublicKey key = SecretKey::generate().public_key();
    roster.nodes.push_back({"n" + std::to_string(roster.nodes.size()), key, "U", {}, std::nullopt});
  };
  while (roster.nodes.size() < kMaxNodes) add();
  EXPECT_TRUE(parse_published(format_published(roster, 0)));
  add();
  EXPECT_FALSE(parse_published(format_published(roster, 0)));
}

}  // namespace
}  // namespace remaphore::fleet
