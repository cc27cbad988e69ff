#include "nats/writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace remaphore::nats {
namespace {

nlohmann::json connect(const ConnectFields& fields) {
  std::string out;
  write_connect(out, fields);
  EXPECT_EQ(out.substr(0, 8), "CONNECT ");
  EXPECT_EQ(out.substr(out.size() - 2), "\r\n");
  EXPECT_EQ(out.find('\n'), out.size() - 1);  // one line, whatever is in the fields
  return nlohmann::json::parse(out.substr(8));
}

TEST(WriterTest, AppendsOneOperationAfterAnother) {
  std::string out;
  write_subscribe(out, "remaphore.all", 7);
  write_publish(out, {.subject = "remaphore.all", .payload = std::string_view("a\r\n\0", 4)});
  write_publish(out, {.subject = "x"});
  write_unsubscribe(out, 7);
  write_ping(out);
  write_pong(out);
  using namespace std::string_view_literals;
  EXPECT_EQ(out,
            "SUB remaphore.all 7\r\nPUB remaphore.all 4\r\na\r\n\0\r\nPUB x 0\r\n\r\nUNSUB 7\r\nPING\r\nPONG\r\n"sv);
}

TEST(WriterTest, WritesWhereAnswersAreToGoAndHeaders) {
  std::string out;
  write_publish(out, {.subject = "a", .reply_to = "b", .payload = "hi"});
  write_publish(out, {.subject = "a", .reply_to = "b", .headers = "NATS/1.0\r\n\r\n", .payload = "hi"});
  write_publish(out, {.subject = "a", .headers = "NATS/1.0\r\n\r\n"});
  EXPECT_EQ(out, "PUB a b 2\r\nhi\r\nHPUB a b 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n");
}

TEST(WriterTest, ConnectsWithoutNoiseAndWithItsOwnMessagesBack) {
  const auto json = connect({.version = "1.2.3", .token = {}, .signature = {}, .user = {}, .password = {}});
  EXPECT_EQ(json["verbose"], false);
  EXPECT_EQ(json["pedantic"], false);
  EXPECT_EQ(json["protocol"], 1);
  EXPECT_EQ(json["echo"], true);
  EXPECT_EQ(json["headers"], true);
  EXPECT_EQ(json["no_responders"], true);
  EXPECT_EQ(json["tls_required"], false);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["name"], "remaphore");
  for (const char* key : {"jwt", "sig", "auth_token", "user", "pass"}) EXPECT_FALSE(json.contains(key)) << key;
}

TEST(WriterTest, ConnectsWithATokenAndItsSignature) {
  const auto json =
      connect({.version = "1", .token = "a.b.c", .signature = "s_-", .user = {}, .password = {}, .tls = true});
  EXPECT_EQ(json["jwt"], "a.b.c");
  EXPECT_EQ(json["sig"], "s_-");
  EXPECT_EQ(json["tls_required"], true);
}

TEST(WriterTest, ConnectsWithUserAndPasswordOrAnAuthToken) {
  const auto both =
      connect({.version = "1", .token = {}, .signature = {}, .user = "us\"er\\", .password = "p\r\n\x01\xc3\xa4"});
  EXPECT_EQ(both["user"], "us\"er\\");
  EXPECT_EQ(both["pass"], "p\r\n\x01\xc3\xa4");
  EXPECT_FALSE(both.contains("auth_token"));
  const auto token = connect({.version = "1", .token = {}, .signature = {}, .user = "t\n", .password = {}});
  EXPECT_EQ(token["auth_token"], "t\n");
  EXPECT_FALSE(token.contains("user"));
}

}  // namespace
}  // namespace remaphore::nats
