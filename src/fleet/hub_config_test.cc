#include "fleet/hub_config.h"

#include <gtest/gtest.h>

#include "fleet/key_fixture.h"

namespace remaphore::fleet {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

FleetKeys sample_keys() { return {secret_of(51), secret_of(52), secret_of(53)}; }

const HubServer kServer{{.host = "127.0.0.1", .port = 4222}, "/srv/my \"fleet\"/hub"};

Retention day() { return {std::chrono::hours(24), std::int64_t{64} << 20, {}}; }

TEST(HubConfigTest, WritesAServerInOperatorModeWithBothAccounts) {
  const FleetKeys keys = sample_keys();
  const std::string config =
      hub_config(keys, three_nodes(), {{.host = "127.0.0.1", .port = 4222}, "/srv/fleet/hub"}, 1700000000);
  EXPECT_TRUE(has(config, "\nlisten: \"127.0.0.1:4222\"\n")) << config;
  EXPECT_TRUE(has(config, "\noperator: eyJ"));
  EXPECT_TRUE(has(config, "\nresolver: MEMORY\n"));
  EXPECT_TRUE(has(config, "\n  " + keys.account_public() + ": eyJ"));
  EXPECT_TRUE(has(config, "\n  " + keys.system_public() + ": eyJ"));
  EXPECT_FALSE(has(config, "tls {"));
  EXPECT_TRUE(has(
      hub_config(keys, three_nodes(), {{.host = "0.0.0.0", .port = 4222, .tls = true}, "/srv/fleet/hub"}, 1700000000),
      "\n# tls {"));
}

TEST(HubConfigTest, ReplacesTheAccountsTokenAndNothingElse) {
  const FleetKeys keys = sample_keys();
  const std::string before =
      hub_config(keys, three_nodes(), {{.host = "127.0.0.1", .port = 4222}, "/srv/fleet/hub"}, 1700000000) +
      "# mine\ntls { }\n";
  const Result<std::string> after = with_account(before, keys.account_public(), "TOKEN");
  ASSERT_TRUE(after);
  const std::size_t line = before.find("  " + keys.account_public() + ": "), end = before.find('\n', line);
  EXPECT_EQ(*after, before.substr(0, line) + "  " + keys.account_public() + ": TOKEN" + before.substr(end));
  EXPECT_FALSE(with_account("", keys.account_public(), "TOKEN"));
  EXPECT_FALSE(with_account(before + before, keys.account_public(), "TOKEN"));
}

TEST(HubConfigTest, KeepsMessagesBelowItsFolderIfTheFleetKeepsAny) {
  Roster roster = three_nodes();
  EXPECT_FALSE(has(hub_config(sample_keys(), roster, kServer, 1700000000), "jetstream {"));
  roster.retention = day();
  const std::string config = hub_config(sample_keys(), roster, kServer, 1700000000);
  EXPECT_TRUE(has(config, "\njetstream {\n  store_dir: \"/srv/my \\\"fleet\\\"/hub\"\n  max_file: 335544320\n"))
      << config;
  EXPECT_EQ(read_setting(config, "store_dir"), kServer.folder);
}

TEST(HubConfigTest, MakesReplacesAndRemovesItsSectionAndNothingElse) {
  const std::string mine = "# mine\nmax_payload: 2M";
  const Result<std::string> made = with_jetstream(mine, day(), "/a/hub");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->starts_with(mine + "\n\n# begin jetstream generated"));
  const Result<std::string> moved = with_jetstream(*made + "# more\n", day(), "/b/hub");
  ASSERT_TRUE(moved);
  EXPECT_EQ(read_setting(*moved, "store_dir"), "/b/hub");
  EXPECT_TRUE(moved->ends_with("# more\n"));
  EXPECT_EQ(*with_jetstream(*moved, {Duration(0), 0, {}}, "/b/hub"), mine + "\n\n# more\n");
  EXPECT_EQ(*with_jetstream(mine, {}, "/b/hub"), mine);
}

HubServer encrypted(std::size_t number) {
  HubServer server{{.host = "127.0.0.1", .port = 4222}, "/srv/hub", number};
  server.cluster = Cluster{"remaphore", {.host = "127.0.0.1", .port = 6222}, {"b:6222"}, "secret"};
  server.tls = true;
  return server;
}

TEST(HubConfigTest, GivesEachServerItsOwnCertificateForNodesAndRoutes) {
  const std::string config = hub_config(sample_keys(), three_nodes(), encrypted(2), 1700000000);
  EXPECT_TRUE(has(config, "tls {\n  cert_file: \"/srv/hub/server-2.pem\"\n  key_file: \"/srv/hub/server-2.key\"\n}\n"))
      << config;
  EXPECT_TRUE(has(config,
                  "  no_advertise: true\n  tls { cert_file: \"/srv/hub/server-2.pem\", "
                  "key_file: \"/srv/hub/server-2.key\", ca_file: \"/srv/hub/ca.pem\", timeout: 5 }\n"));
  EXPECT_TRUE(has(hub_config(sample_keys(), three_nodes(), encrypted(1), 1700000000), "\"/srv/hub/server.pem\""));
}

TEST(HubConfigTest, GetsItsCertificateLaterAndFindsItElsewhere) {
  const std::string mine = "# mine\n";
  const HubServer server = encrypted(2);
  const std::string made = *with_cluster(*with_certificate(mine, server), server);
  EXPECT_TRUE(made.starts_with(mine));
  EXPECT_EQ(read_setting(made, "cert_file"), "/srv/hub/server-2.pem");
  HubServer moved = server;
  moved.folder = "/other/hub";
  EXPECT_EQ(*with_certificate_paths(made, moved), *with_cluster(*with_certificate(mine, moved), moved));
  EXPECT_FALSE(with_certificate_paths(mine, moved));
}

TEST(HubConfigTest, KnowsASectionAboutTlsThatAPersonWrote) {
  EXPECT_TRUE(has_own_tls("tls: { cert_file: /data/a.pem }\n"));
  EXPECT_FALSE(has_own_tls("# tls\n"));
  EXPECT_FALSE(has_own_tls(*with_certificate("", encrypted(1))));
}

TEST(HubConfigTest, LeavesASectionAloneThatAPersonWrote) {
  const std::string mine = "jetstream: { store_dir: /data }\n";
  EXPECT_EQ(*with_jetstream(mine, day(), "/a/hub"), mine);
}

TEST(HubConfigTest, RefusesASectionWhoseMarksDoNotMatch) {
  const std::string made = *with_jetstream("", day(), "/a/hub");
  for (const std::string& text :
       {made + made, made.substr(0, made.rfind("# end")), made.substr(made.find("jetstream {"))}) {
    EXPECT_FALSE(with_jetstream(text, day(), "/a/hub")) << text;
  }
}

TEST(HubConfigTest, ReadsASettingOfALineOfItsOwn) {
  EXPECT_EQ(read_setting("# x: 1\n x: \"a \\\"b\\\" \\\\\"\nxy: 2\n", "x"), "a \"b\" \\");
  EXPECT_EQ(read_setting("x: \"a\\x09b\\x\"", "x"), "a\tbx");
  EXPECT_EQ(read_setting("xy: 2", "xy"), "2");
  EXPECT_EQ(read_setting("xy: 2", "x"), "");
}

}  // namespace
}  // namespace remaphore::fleet
