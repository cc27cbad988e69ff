#include "nats/server_info.h"

#include <gtest/gtest.h>

#include <string>

namespace remaphore::nats {
namespace {

TEST(ServerInfoTest, ReadsWhatAServerSays) {
  const auto info = parse_server_info(
      R"({"server_id":"N","version":"2.9.10","proto":1,"go":"go1.19","host":"0.0.0.0","port":4222,"headers":true,)"
      R"("auth_required":true,"tls_required":true,"tls_available":true,"max_payload":4096,"client_id":5,"ldm":true,)"
      R"("nonce":"abc","connect_urls":["10.0.0.1:4222","[::1]:4222"],"xkey":null,"jetstream":{"a":[1,{"b":-1.5}]}})");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->max_payload, 4096u);
  EXPECT_TRUE(info->tls_required);
  EXPECT_TRUE(info->tls_available);
  EXPECT_TRUE(info->lame_duck);
  EXPECT_EQ(info->nonce, "abc");
  EXPECT_EQ(info->id, "N");
  EXPECT_EQ(info->cluster, "");
  EXPECT_EQ(info->connect_urls, (std::vector<std::string>{"10.0.0.1:4222", "[::1]:4222"}));
}

TEST(ServerInfoTest, HasDefaultsForMissingFields) {
  const auto info = parse_server_info("{}");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->max_payload, 1048576u);
  EXPECT_FALSE(info->tls_required || info->tls_available || info->lame_duck);
  EXPECT_EQ(info->nonce, "");
  EXPECT_TRUE(info->connect_urls.empty());
}

TEST(ServerInfoTest, KnowsWhetherTheServerKeepsStreams) {
  EXPECT_TRUE(parse_server_info(R"({"jetstream":true})")->jetstream);
  EXPECT_FALSE(parse_server_info(R"({"jetstream":false})")->jetstream);
  EXPECT_FALSE(parse_server_info("{}")->jetstream);
}

TEST(ServerInfoTest, NamesItsCluster) {
  EXPECT_EQ(parse_server_info(R"({"cluster":"fleet"})")->cluster, "fleet");
  EXPECT_EQ(parse_server_info(R"({"cluster":7,"server_id":[]})")->cluster, "");
  EXPECT_EQ(parse_server_info(R"({"cluster":")" + std::string(257, 'x') + R"("})")->cluster, "");
}

TEST(ServerInfoTest, TakesKnownNamesForItselfOnlyAtTheTop) {
  const auto info =
      parse_server_info(R"({"x":{"nonce":5,"max_payload":"no","ldm":true},"y":[{"nonce":"z"}],"nonce":"n"})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->nonce, "n");
  EXPECT_FALSE(info->lame_duck);
  EXPECT_EQ(info->max_payload, 1048576u);
}

// The greetings of nats-server 2.9, 2.10 and 2.15 on these ports, without irrelevant fields.
TEST(ServerInfoTest, RecognisesThePortsThatAreNotForClients) {
  const auto port_of = [](const char* json) { return parse_server_info(json)->port; };
  using Port = ServerInfo::Port;
  EXPECT_EQ(port_of(R"({"proto":1,"host":"127.0.0.1","client_id":4,"client_ip":"127.0.0.1","cluster":"c"})"),
            Port::kClient);
  EXPECT_EQ(port_of(R"({"proto":1,"client_id":5,"cluster":"c","connect_info":true,"remote_account":"$G","api_lvl":5})"),
            Port::kClient);
  EXPECT_EQ(port_of(R"({"proto":2,"nonce":"n","cluster":"c","connect_urls":["127.0.0.1:4222"],"lnoc":true,)"
                    R"("leafnode_urls":["127.0.0.1:7422"]})"),
            Port::kCluster);
  EXPECT_EQ(port_of(R"({"proto":0,"gateway":"c","gateway_urls":["h:1"],"gateway_url":"h:1","gateway_nrp":true})"),
            Port::kGateway);
  EXPECT_EQ(port_of(R"({"proto":1,"ip":"h:1","client_id":6,"info_on_connect":true,"leafnode_urls":["h:1"]})"),
            Port::kLeafNode);
}

TEST(ServerInfoTest, NamesAPortThatIsNotForClients) {
  EXPECT_EQ(wrong_port(*parse_server_info("{}")), "");
  EXPECT_EQ(wrong_port(*parse_server_info(R"({"lnoc":true})")),
            "it is a cluster port, for other servers; clients use another, usually 4222");
}

TEST(ServerInfoTest, RefusesKnownFieldsOfAnotherType) {
  for (const char* json :
       {R"({"max_payload":"1024"})", R"({"max_payload":-1})", R"({"max_payload":1.5})", R"({"max_payload":null})",
        R"({"max_payload":true})", R"({"max_payload":[1]})", R"({"max_payload":1e400})",
        R"({"max_payload":18446744073709551616})", R"({"nonce":5})", R"({"nonce":{}})", R"({"nonce":null})",
        R"({"tls_required":"yes"})", R"({"tls_required":1})", R"({"tls_available":[]})", R"({"ldm":0})",
        R"({"connect_urls":"host:1"})", R"({"connect_urls":{"a":"b"}})", R"({"connect_urls":5})"}) {
    const auto info = parse_server_info(json);
    ASSERT_FALSE(info) << json;
    EXPECT_EQ(info.error().code, Errc::kConnection);
  }
}

TEST(ServerInfoTest, RefusesWhatIsNoObject) {
  for (const char* json : {"", " ", "5", "\"x\"", "true", "null", "[]", "[{}]", "{", "{}}", "{} x", "{\"a\"}",
                           "{'a':1}", "{\"a\":1,}", "{\"nonce\":\"\xff\"}", "nonce"}) {
    EXPECT_FALSE(parse_server_info(json)) << json;
  }
}

TEST(ServerInfoTest, BoundsTheNonceAndTheUrls) {
  EXPECT_TRUE(parse_server_info(R"({"nonce":")" + std::string(ServerInfo::kMaxNonce, 'n') + "\"}"));
  EXPECT_FALSE(parse_server_info(R"({"nonce":")" + std::string(ServerInfo::kMaxNonce + 1, 'n') + "\"}"));
  std::string urls = "\"a\"";
  for (int i = 0; i < 1000; ++i) urls += ",\"h" + std::to_string(i) + ":1\"";
  const auto info = parse_server_info("{\"connect_urls\":[" + urls + "]}");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->connect_urls.size(), ServerInfo::kMaxConnectUrls);
}

TEST(ServerInfoTest, TakesTextsOfTheUrlListOnly) {
  const auto info = parse_server_info(R"({"connect_urls":["a",["b"],{"c":"d"},5,null,"e"],"z":["f"]})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->connect_urls, (std::vector<std::string>{"a", "e"}));
}

TEST(ServerInfoTest, SurvivesNestingOfAnyDepth) {
  const std::size_t depth = 30000;
  const std::string open(depth, '['), close(depth, ']');
  EXPECT_TRUE(parse_server_info("{\"x\":" + open + close + "}"));
  EXPECT_FALSE(parse_server_info("{\"x\":" + open));
  EXPECT_FALSE(parse_server_info(open));
  std::string objects;
  for (std::size_t i = 0; i < depth; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse_server_info(objects));
}

TEST(ServerInfoTest, QuotesWhatItRefuses) {
  const auto info = parse_server_info("{\x1b[2J" + std::string(5000, 'x'));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().message.find('\x1b'), std::string::npos);
  EXPECT_LT(info.error().message.size(), 300u);
}

}  // namespace
}  // namespace remaphore::nats
