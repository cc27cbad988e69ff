#include "core/server_address.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(ServerAddressTest, TakesTheFormsOfTheGoClient) {
  const std::pair<const char*, ServerAddress> cases[] = {
      {"nats://host:4333", {.host = "host", .port = 4333}},
      {"nats://host", {.host = "host", .port = 4222}},
      {"nats://host/", {.host = "host", .port = 4222}},
      {"nats://host:1/", {.host = "host", .port = 1}},
      {"tls://host:4333", {.host = "host", .port = 4333, .tls = true}},
      {"host:4333", {.host = "host", .port = 4333}},
      {"host", {.host = "host", .port = 4222}},
      {"127.0.0.1:65535", {.host = "127.0.0.1", .port = 65535}},
      {"[::1]:4333", {.host = "::1", .port = 4333}},
      {"nats://[2001:db8::1]", {.host = "2001:db8::1", .port = 4222}},
      {"nats://user:pass@host:1", {.host = "host", .port = 1, .user = "user", .password = "pass"}},
      {"nats://token@host", {.host = "host", .port = 4222, .user = "token"}},
      {"user:p%40ss%3A@host", {.host = "host", .port = 4222, .user = "user", .password = "p@ss:"}},
      {"nats://user:p@ss@host", {.host = "host", .port = 4222, .user = "user", .password = "p@ss"}},
      {"nats://user:a:b@host", {.host = "host", .port = 4222, .user = "user", .password = "a:b"}},
      {"NATS://host", {.host = "host", .port = 4222}},
      {"Tls://host:1", {.host = "host", .port = 1, .tls = true}},
      {"http://host", {.host = "host", .port = 4222}},
      {"HTTP://host:80", {.host = "host", .port = 80}},
      {"nats://host:1/path", {.host = "host", .port = 1}},
      {"nats://host:1/path/more?x=y:z", {.host = "host", .port = 1}},
      {"nats://host:1?x", {.host = "host", .port = 1}},
      {"nats://user:pass@host/path", {.host = "host", .port = 4222, .user = "user", .password = "pass"}},
      {"host/path", {.host = "host", .port = 4222}},
  };
  for (const auto& [text, address] : cases) {
    const auto parsed = parse_server_address(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, address) << text;
  }
}

TEST(ServerAddressTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           "nats://",
                           "nats://:4222",
                           ":4222",
                           "ws://host:1",
                           "host:",
                           "host:0",
                           "host:65536",
                           "host:-1",
                           "host:+1",
                           "host:4222x",
                           "host:1:2",
                           "::1",
                           "[::1",
                           "[::1]4222",
                           "[]",
                           "ho st",
                           "host\n",
                           "host\x7f",
                           "host#x",
                           "@host",
                           ":pass@host",
                           "us%zzer@host",
                           "us%4@host",
                           "h\xc3\xb6st",
                           "https://host",
                           "host:1/us:er@host",
                           "nats://nats://host"}) {
    const auto parsed = parse_server_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::kFormat);
  }
  EXPECT_FALSE(parse_server_address(std::string(254, 'h')));
  EXPECT_TRUE(parse_server_address(std::string(253, 'h')));
  EXPECT_FALSE(parse_server_address(std::string(100000, 'h')));
}

TEST(ServerAddressTest, NeverShowsAPassword) {
  EXPECT_EQ(parse_server_address("nats://user:hunter2@host:1")->display(), "host:1");
  EXPECT_EQ(parse_server_address("[::1]:1")->display(), "[::1]:1");
  for (const std::string& text :
       {std::string("ftp://user:hunter2@host:1"), std::string("nats://user:hunter2@ho st"),
        std::string("user:hunter2@host:x"), std::string("nats://user:hunter2%zz@host"), std::string(":hunter2@host"),
        std::string("nats://user:hunter2/x@host"), "nats://user:hunter2@host/" + std::string(2000, 'x')}) {
    const auto parsed = parse_server_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message.find("hunter2"), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace remaphore
