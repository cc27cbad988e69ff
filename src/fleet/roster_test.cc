#include "fleet/roster.h"

#include <gtest/gtest.h>

#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

[[maybe_unused]] const bool kReady = (keys::initialize(), true);

PublicKey key_of(std::uint8_t number) {
  return SecretKey::from_seed(std::array<std::uint8_t, 32>{number}).public_key();
}

std::string user_of(std::uint8_t number) { return nats::encode_public(nats::NkeyKind::kUser, key_of(number)); }

Roster sample() {
  Roster roster;
  roster.servers = {"nats://hub:4222", "tls://10.0.0.5"};
  roster.subject = "my.subject";
  roster.prefix = "/etc/remaphore";
  roster.mixed = true;
  roster.members = {{"com.a", key_of(1), user_of(11), {"ping", "deploy"}, std::nullopt},
                    {"com.b", key_of(2), user_of(12), {}, 1700000000},
                    {"com.b", key_of(3), user_of(13), {"*"}, std::nullopt}};
  return roster;
}

std::string error_of(const std::string& text) {
  const Result<Roster> roster = parse_roster(text);
  return roster ? "no error" : roster.error().message;
}

TEST(FleetRosterTest, ReadsBackWhatItWrites) {
  const std::string text = format_roster(sample());
  EXPECT_NE(text.find("\ncom.b " + keys::to_base58(key_of(2)) + ' ' + user_of(12) + " - 2023-11-14T22:13:20Z\n"),
            text.npos)
      << text;
  const Result<Roster> roster = parse_roster(text);
  ASSERT_TRUE(roster) << roster.error().message;
  EXPECT_EQ(format_roster(*roster), text);
  EXPECT_EQ(roster->servers, sample().servers);
  EXPECT_EQ(roster->members[1].revoked, 1700000000);
}

TEST(FleetRosterTest, FindsOnlyWhoIsNotRevoked) {
  const Roster roster = sample();
  EXPECT_EQ(roster.active().size(), 2U);
  EXPECT_EQ(roster.find("com.b")->key, key_of(3));
  EXPECT_EQ(roster.find(key_of(2)), nullptr);
  EXPECT_EQ(roster.find("com.c"), nullptr);
}

TEST(FleetRosterTest, NamesTheLineItCannotRead) {
  const std::string head = "server: hub\n[ Nodes ]\n";
  const std::string a = "com.a " + keys::to_base58(key_of(1)) + ' ' + user_of(1);
  EXPECT_EQ(error_of(""), "no server");
  EXPECT_EQ(error_of("colour: blue\n"), "line 1: no setting: \"colour: blue\"");
  EXPECT_EQ(error_of("server: hub\n\nmixed: maybe\n"), "line 3: no setting: \"mixed: maybe\"");
  EXPECT_EQ(error_of("prefix: etc\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of("subject: a.*\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of(head + "com.a\n"),
            "line 3: a node has five fields: destination, public key, NATS user, verbs, revoked when");
  EXPECT_EQ(error_of(head + "com/a x U ping -\n"), "line 3: not a usable destination: \"com/a\": / is not allowed");
  EXPECT_EQ(error_of(head + a + " ping yesterday\n"), "line 3: not a time like 2024-01-31T12:00:00Z: \"yesterday\"");
  EXPECT_EQ(error_of(head + a + " ping 2024-02-30T00:00:00Z\n").substr(0, 22), "line 3: not a time lik");
  EXPECT_EQ(error_of(head + a + " ping 2024-02-03T24:00:00Z\n").substr(0, 22), "line 3: not a time lik");
  EXPECT_EQ(error_of(head + a + " ping -\n" + a + " ping -\n"),
            "line 4: a second node com.a, or one with the same key");
  EXPECT_EQ(error_of(head + a + "x ping -\n").substr(0, 21), "line 3: bad user key:");
}

TEST(FleetRosterTest, RefusesSubjectsAndPrefixesThatConfigsCannotCarry) {
  for (const char* text : {"", "a.*", "a.>", "a b", "a#b", "a\"b", "$SYS", ".a", "a."})
    EXPECT_FALSE(check_subject(text)) << text;
  for (const char* text : {"remaphore", "my.own_subject-2"}) EXPECT_TRUE(check_subject(text)) << text;
  for (const char* text : {"", "etc", "./a", "/a b", "/a#b", "/a\n"}) EXPECT_FALSE(check_prefix(text)) << text;
  EXPECT_TRUE(check_prefix("/etc/remaphore"));
}

}  // namespace
}  // namespace remaphore::fleet
