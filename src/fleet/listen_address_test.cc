#include "fleet/listen_address.h"

#include <gtest/gtest.h>

namespace remaphore::fleet {
namespace {

std::string listens_for(std::string_view server) {
  const Result<ServerAddress> parsed = parse_server(server);
  return parsed ? listen_address_for(*parsed).display() : parsed.error().message;
}

TEST(ListenAddressTest, IsTheServersAddressOrAllForAName) {
  EXPECT_EQ(listens_for("nats://10.0.0.5:5222"), "10.0.0.5:5222");
  EXPECT_EQ(listens_for("tls://10.0.0.5"), "10.0.0.5:4222");
  EXPECT_EQ(listens_for("127.0.0.1:1/"), "127.0.0.1:1");
  EXPECT_EQ(listens_for("nats://[::1]:5222"), "[::1]:5222");
  EXPECT_EQ(listens_for("[fe80::1]"), "[fe80::1]:4222");
  EXPECT_EQ(listens_for("nats://hub.example.com:5222"), "0.0.0.0:5222");
  EXPECT_EQ(listens_for("hub"), "0.0.0.0:4222");
  EXPECT_EQ(listens_for("localhost:5222"), "127.0.0.1:5222");
}

TEST(ListenAddressTest, RemembersThatNodesAskForTls) {
  EXPECT_TRUE(listen_address_for(*parse_server("tls://hub")).tls);
  EXPECT_FALSE(listen_address_for(*parse_server("nats://hub")).tls);
}

TEST(ListenAddressTest, RefusesServersThatAConfigCannotName) {
  for (const char* text :
       {"", "nats://", "ws://hub", "http://hub:80", "hub:0", "hub:65536", "hub:-1", "hub:x", "hub:1:2", "hub:", "::1",
        "[::1", "[::1]x", "a b", "a,b", "hub/path", "-hub", "nats://hub\n:1", "hub#1"}) {
    EXPECT_FALSE(parse_server(text)) << text;
  }
}

TEST(ListenAddressTest, DoesNotRepeatAPassword) {
  EXPECT_EQ(parse_server("nats://me:secret@hub").error().message.find("secret"), std::string::npos);
}

TEST(ListenAddressTest, ReadsHostAndPort) {
  EXPECT_EQ(parse_listen("10.0.0.5:5222")->display(), "10.0.0.5:5222");
  EXPECT_EQ(parse_listen(":5222")->display(), "0.0.0.0:5222");
  EXPECT_EQ(parse_listen("[::]:5222")->display(), "[::]:5222");
  EXPECT_EQ(parse_listen("hub:5222")->display(), "hub:5222");
  for (const char* text : {"", ":", "hub", "hub:", "4222", "hub:0", "a\"b:1", "nats://hub:1"}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
  EXPECT_EQ(parse_listen("hub").error().message, "not a listen address, write HOST:PORT: \"hub\"");
}

TEST(ListenAddressTest, KnowsAddressesThatNobodyCanConnectTo) {
  for (const char* host : {"0.0.0.0", "0", "0.0", "0x0", "::", "0::0", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(is_unspecified(host)) << host;
  }
  for (const char* host : {"127.0.0.1", "0.0.0.1", "::1", "hub", "0.example.com", "192.0.2.0"}) {
    EXPECT_FALSE(is_unspecified(host)) << host;
  }
}

}  // namespace
}  // namespace remaphore::fleet
