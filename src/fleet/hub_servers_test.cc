#include "fleet/hub_servers.h"

#include <gtest/gtest.h>

#include "fleet/key_fixture.h"

namespace remaphore::fleet {
namespace {

using Texts = std::vector<std::string>;

TEST(HubServersTest, ListenOnTheirConfiguredAddressesInOrder) {
  Roster roster;
  const auto listen_addresses = take_servers({"nats://a:4001", "nats://10.0.0.2"}, {"10.0.0.1:5000"}, roster);
  ASSERT_TRUE(listen_addresses) << listen_addresses.error().message;
  ASSERT_EQ(listen_addresses->size(), 2U);
  EXPECT_EQ((*listen_addresses)[0].display(), "10.0.0.1:5000");
  EXPECT_EQ((*listen_addresses)[1].display(), "10.0.0.2:4222");
  EXPECT_EQ(roster.servers, (Texts{"nats://a:4001", "nats://10.0.0.2"}));
}

TEST(HubServersTest, AreNotUnspecifiedNorTooMany) {
  Roster roster;
  EXPECT_NE(take_servers({"nats://0.0.0.0"}, {}, roster).error().message.find("with --listen"), std::string::npos);
  EXPECT_FALSE(take_servers({"nats://a"}, {"b:1", "c:1"}, roster));
  EXPECT_FALSE(take_servers(Texts(10, "nats://a"), {}, roster));
  EXPECT_TRUE(take_servers(Texts(9, "nats://a"), {}, roster));
}

TEST(HubServersTest, PutsRoutesOnThePortTwoThousandAbove) {
  EXPECT_EQ(route_port(4222), 6222);
  EXPECT_EQ(route_port(63535), 65535);
  EXPECT_EQ(route_port(63536), 61536);
  EXPECT_EQ(route_port(65535), 63535);
}

TEST(HubServersTest, KnowTheOthersByTheAddressesOfTheNodes) {
  Roster roster;
  const FleetKeys keys{secret_of(1), secret_of(2), secret_of(3)};
  const auto listen_addresses = take_servers({"nats://a", "nats://[::1]:4500", "nats://c"}, {":4300"}, roster);
  const std::vector<HubServer> servers = hub_servers(roster, keys, *listen_addresses, "/srv/hub");
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(servers[0].cluster->routes, (Texts{"[::1]:6500", "c:6222"}));
  EXPECT_EQ(servers[1].cluster->routes, (Texts{"a:6300", "c:6222"}));
  EXPECT_EQ(servers[0].cluster->listen_address.display(), "0.0.0.0:6300");
  EXPECT_EQ(servers[0].store(), "/srv/hub");
  EXPECT_EQ(servers[2].store(), "/srv/hub/server-3");
  EXPECT_EQ(servers[0].cluster->password, servers[2].cluster->password);
  EXPECT_EQ(servers[0].cluster->password.size(), 64U);
  const FleetKeys others{secret_of(1), secret_of(9), secret_of(3)};
  EXPECT_NE(hub_servers(roster, others, *listen_addresses, "/srv/hub")[0].cluster->password,
            servers[0].cluster->password);
}

TEST(HubServersTest, AreNoClusterIfThereIsOnlyOne) {
  Roster roster;
  const FleetKeys keys{secret_of(1), secret_of(2), secret_of(3)};
  const auto listen_addresses = take_servers({"nats://a"}, {}, roster);
  const std::vector<HubServer> servers = hub_servers(roster, keys, *listen_addresses, "/srv/hub");
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_FALSE(servers[0].cluster);
}

}  // namespace
}  // namespace remaphore::fleet
