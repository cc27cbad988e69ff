#include "fleet/node.h"

#include <gtest/gtest.h>

namespace remaphore::fleet {
namespace {

using Verbs = std::vector<std::string>;

TEST(NodeTest, MaySendPingUnlessItSaysOtherwise) {
  const Result<NodeSpec> node = parse_node("com.example.a");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->destination, "com.example.a");
  EXPECT_EQ(node->verbs, Verbs{"ping"});
}

TEST(NodeTest, NamesTheVerbsItMaySend) {
  EXPECT_EQ(parse_node("a=ping,deploy")->verbs, (Verbs{"ping", "deploy"}));
  EXPECT_EQ(parse_node("a=*")->verbs, Verbs{"*"});
  EXPECT_EQ(parse_node("a=")->verbs, Verbs{});
  EXPECT_EQ(parse_node("a=Deploy, deploy ,x=y")->verbs, (Verbs{"deploy", "x=y"}));
}

TEST(NodeTest, OnlySendsWithAnExclamationMarkAtItsEnd) {
  EXPECT_FALSE(parse_node("a=ping")->send_only);
  EXPECT_TRUE(parse_node("a!")->send_only);
  EXPECT_EQ(parse_node("a!")->verbs, Verbs{"ping"});
  EXPECT_EQ(parse_node("a!")->destination, "a");
  EXPECT_FALSE(parse_node("a!")->names_verbs);
  EXPECT_EQ(parse_node("a=x,y!")->verbs, (Verbs{"x", "y"}));
  EXPECT_TRUE(parse_node("a=x,y!")->send_only);
  EXPECT_TRUE(parse_node("a=x,y!")->names_verbs);
  for (const char* text : {"a!!", "a!b", "a!=x", "!", "a=!"}) EXPECT_FALSE(parse_node(text)) << text;
}

TEST(NodeTest, RefusesDestinationsThatCannotBeFoldersOrConfigFields) {
  for (const char* text :
       {"",   ".",  "..", ".a",    "a.",        "a..b", "a/b", "/a",  "a b",  "a\tb", "a\nb", "a,b",
        "a*", "**", "-a", "a\x7f", "a\xc3\xa4", "a:b",  "a#b", "[a]", "a\"b", "a\\b", "a$b",  "=ping"}) {
    const Result<NodeSpec> node = parse_node(text);
    ASSERT_FALSE(node) << text;
    EXPECT_EQ(node.error().code, Errc::kUsage);
  }
  EXPECT_TRUE(parse_node(std::string(kMaxNodeName, 'a')));
  EXPECT_FALSE(parse_node(std::string(kMaxNodeName + 1, 'a')));
}

TEST(NodeTest, RefusesVerbsThatConfigsOrCommandsWouldMisread) {
  for (const char* text :
       {"a=,", "a=b,", "a=,b", "a=b,,c", "a=-b", "a=b c", "a=[b]", "a=b#", "a=b*", "a=**", "a=b\nc"}) {
    EXPECT_FALSE(parse_node(text)) << text;
  }
  EXPECT_FALSE(parse_node("a=" + std::string(kMaxVerb + 1, 'v')));
}

TEST(NodeTest, QuotesTheTextItRefusesAndSaysWhy) {
  EXPECT_EQ(parse_node("a/b").error().message, "not a usable destination: \"a/b\": / is not allowed");
  EXPECT_EQ(parse_node("a=-v").error().message, "not a usable verb: \"-v\": a command would take it for an option");
}

}  // namespace
}  // namespace remaphore::fleet
