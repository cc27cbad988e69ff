#include "fleet/roster.h"

#include <gtest/gtest.h>

#include "fleet/fields.h"
#include "fleet/key_fixture.h"

namespace remaphore::fleet {
namespace {

Roster sample() {
  Roster roster;
  roster.servers = {"nats://hub:4222", "tls://10.0.0.5"};
  roster.subject = "my.subject";
  roster.prefix = "/etc/remaphore";
  roster.mixed = true;
  roster.retention = {std::chrono::hours(24), 5 << 20, {"night"}};
  roster.nodes = {{"com.a", key_of(1), user_of(11), {"ping", "deploy"}, std::nullopt},
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
  EXPECT_EQ(roster->retention.age, sample().retention.age);
  EXPECT_EQ(roster->retention.bytes, sample().retention.bytes);
  EXPECT_EQ(roster->retention.subjects, sample().retention.subjects);
  EXPECT_EQ(roster->nodes[1].revoked, 1700000000);
}

TEST(FleetRosterTest, ReadsBackTheMarksOfItsNodesAndTheFleetItself) {
  Roster before = sample();
  before.serial = 12;
  before.fleet = FleetIdentity{"com.fleet", key_of(9)};
  before.nodes[0].send_only = true;
  before.nodes[2].old_key = key_of(4);
  before.nodes[2].rotated_at = 11;
  before.nodes[2].retired = {key_of(5), key_of(6)};
  const std::string text = format_roster(before);
  const Result<Roster> after = parse_roster(text);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(format_roster(*after), text);
  EXPECT_EQ(after->serial, 12U);
  EXPECT_EQ(after->fleet->destination, "com.fleet");
  EXPECT_TRUE(after->nodes[0].send_only);
  EXPECT_EQ(after->find("com.b")->rotated_at, 11U);
  EXPECT_EQ(after->find(key_of(4))->destination, "com.b");
  EXPECT_EQ(after->find(key_of(5)), nullptr);
  EXPECT_EQ(after->find_revoked(key_of(5))->destination, "com.b");
}

TEST(FleetRosterTest, FindsOnlyNodesThatAreNotRevoked) {
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
  EXPECT_EQ(error_of("colour: blue\n"), "line 1: not a setting: \"colour: blue\"");
  EXPECT_EQ(error_of("server: hub\n\nmixed: maybe\n"), "line 3: not a setting: \"mixed: maybe\"");
  EXPECT_EQ(error_of("keep: yes\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of("keep_subject: a.b\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of("prefix: etc\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of("subject: a.*\n").substr(0, 7), "line 1:");
  EXPECT_EQ(error_of(head + "com.a\n"),
            "line 3: a node's line has five fields: destination, public key, NATS user, verbs, revoked when");
  EXPECT_EQ(error_of(head + "com/a x U ping -\n"), "line 3: not a usable destination: \"com/a\": / is not allowed");
  EXPECT_EQ(error_of(head + a + " ping yesterday\n"), "line 3: not a time like 2024-01-31T12:00:00Z: \"yesterday\"");
  EXPECT_EQ(error_of(head + a + " ping 2024-02-30T00:00:00Z\n").substr(0, 22), "line 3: not a time lik");
  EXPECT_EQ(error_of(head + a + " ping 2024-02-03T24:00:00Z\n").substr(0, 22), "line 3: not a time lik");
  EXPECT_EQ(error_of(head + a + " ping -\n" + a + " ping -\n"),
            "line 4: a second node com.a, or one with the same key");
  EXPECT_EQ(error_of(head + a + " ping - blue\n"), "line 3: unknown node flag: \"blue\"");
  EXPECT_EQ(error_of(head + a + " ping - old=x\n"), "line 3: unknown node flag: \"old=x\"");
  EXPECT_EQ(error_of(head + a + " ping - old=x@1\n").substr(0, 12), "line 3: \"x\":");
  EXPECT_EQ(error_of("serial: 01\n"), "line 1: not a setting: \"serial: 01\"");
  EXPECT_EQ(error_of("fleet: com.fleet\n"), "line 1: fleet needs a destination and a public key");
  EXPECT_EQ(error_of(head + a + "x ping -\n").substr(0, 21), "line 3: bad user key:");
}

TEST(FleetRosterTest, ReadsGroupsAndNamesTheLineItCannotRead) {
  const Result<Groups> groups = parse_groups("# mine\n\nweb a,b  # c\nall @web,c.**\n");
  ASSERT_TRUE(groups);
  EXPECT_EQ(format_groups(*groups),
            "# [ Groups ] of every node's config: NAME member,member. remaphore.conf(5)\nweb a,b\nall @web,c.**\n");
  EXPECT_EQ(parse_groups("\nweb\n").error().message, "line 2: a group is NAME member,member, not \"web\"");
  EXPECT_FALSE(parse_groups("web a\x01\n"));
  EXPECT_FALSE(parse_groups("web @none\n"));
}

TEST(FieldsTest, HaveOneSpelling) {
  EXPECT_EQ(parse_serial("0"), 0U);
  EXPECT_EQ(parse_serial("999999999999999999"), 999999999999999999U);
  for (const char* text : {"", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1000000000000000000"})
    EXPECT_FALSE(parse_serial(text)) << text;
  EXPECT_EQ(parse_time("2023-11-14T22:13:20Z"), 1700000000);
  for (const char* text : {"", "2023-11-14 22:13:20Z", "2023-11-14T22:13:20", "2023-11-14T22:13:60Z"})
    EXPECT_FALSE(parse_time(text)) << text;
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
