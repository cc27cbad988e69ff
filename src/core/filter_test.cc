#include "core/filter.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

// nullptr or why not.
const char* judge(const Filter& filter, const std::string& destination, const std::string& verb = "ping",
                  const std::string& uuid = "6964", const std::string& key = "KEY") {
  const std::string bytes = key + ",SIG," + destination + ",1," + uuid + "," + verb + ",_,payload";
  const auto fields = wire::Fields::split(bytes);
  return filter.refuses(*fields, *wire::parse_uuid(fields->uuid()));
}

TEST(FilterTest, TakesEverythingIfNothingIsAskedFor) {
  EXPECT_EQ(judge({}, "anywhere", "any"), nullptr);
  EXPECT_EQ(judge({}, ""), nullptr);
}

TEST(FilterTest, TakesWhatIsForItsDestination) {
  Filter filter;
  filter.destination = "com.a.b";
  EXPECT_EQ(judge(filter, "com.a.b"), nullptr);
  EXPECT_EQ(judge(filter, "com.*.b"), nullptr);
  EXPECT_EQ(judge(filter, "**"), nullptr);
  EXPECT_STREQ(judge(filter, "com.a"), "it is for a different destination");
  EXPECT_STREQ(judge(filter, ""), "it is for a different destination");
}

TEST(FilterTest, TakesTheSamePatternOnlyIfItStandsForOne) {
  Filter filter;
  filter.destination = "com.**";
  EXPECT_STREQ(judge(filter, "com.**"), "it is for a different destination");
  EXPECT_STREQ(judge(filter, "**"), "it is for a different destination");
  filter.literal_destination = true;
  EXPECT_EQ(judge(filter, "com.**"), nullptr);
  EXPECT_STREQ(judge(filter, "**"), "it is for a different destination");
}

TEST(FilterTest, TakesOneUuidOnly) {
  Filter filter;
  filter.uuid = Uuid::from_text("id");
  EXPECT_EQ(judge(filter, "x"), nullptr);
  EXPECT_STREQ(judge(filter, "x", "ping", "696400"), "it has a different uuid");
  EXPECT_STREQ(judge(filter, "x", "ping", "6965"), "it has a different uuid");
}

TEST(FilterTest, TakesAnyOfItsVerbs) {
  Filter filter;
  filter.verbs = {"ping", "deploy"};
  EXPECT_EQ(judge(filter, "x", "ping"), nullptr);
  EXPECT_EQ(judge(filter, "x", "deploy"), nullptr);
  EXPECT_STREQ(judge(filter, "x", "Ping"), "it has a different verb");
  EXPECT_STREQ(judge(filter, "x", ""), "it has a different verb");
}

TEST(FilterTest, TakesOneSenderOnly) {
  Filter filter;
  filter.public_key = "KEY";
  EXPECT_EQ(judge(filter, "x"), nullptr);
  EXPECT_STREQ(judge(filter, "x", "ping", "6964", "OTHER"), "it is signed by a different key");
}

}  // namespace
}  // namespace remaphore
