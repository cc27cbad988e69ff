#include "core/presence.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace remaphore {
namespace {

Presence example() {
  Presence presence;
  presence.version = "0.2.0";
  presence.destination = "com.example.left";
  presence.pid = 4711;
  presence.host = "left";
  presence.since = *parse_timestamp("2026-11-25T09:42:39.5Z");
  presence.clock = *parse_timestamp("2026-11-25T10:00:00.000001Z");
  presence.verbs = {"deploy", "rollback"};
  presence.uuid = "6162";
  presence.has_command = true;
  presence.jobs = 4;
  presence.running = 2;
  presence.queued = 7;
  presence.handled = 100;
  presence.refused = 3;
  return presence;
}

TEST(PresenceTest, IsOneJsonObjectOnOneLine) {
  EXPECT_EQ(format_presence(example()),
            R"({"destination":"com.example.left","version":"0.2.0","pid":4711,"host":"left",)"
            R"("since":"2026-11-25T09:42:39.500000Z","verbs":["deploy","rollback"],"uuid":"6162","command":true,)"
            R"("jobs":4,"running":2,"queued":7,"handled":100,"refused":3,"clock":"2026-11-25T10:00:00.000001Z"})");
}

TEST(PresenceTest, ReadsBackWhatItWrites) {
  const auto read = parse_presence(format_presence(example()));
  ASSERT_TRUE(read);
  EXPECT_EQ(format_presence(*read), format_presence(example()));
}

TEST(PresenceTest, ReadsWhatALaterVersionAdds) {
  const auto read = parse_presence(
      R"({"version":"9","destination":"x","clock":"2026-11-25T10:00:00Z","new":{"verbs":["no"]},"more":[1]})");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->verbs.empty());
  EXPECT_EQ(read->since, read->clock);
}

TEST(PresenceTest, RefusesTextThatIsNotAPresenceAnswer) {
  const std::string long_text(Presence::kMaxText + 1, 'x');
  for (const std::string& json :
       {std::string(), std::string("NO_DATA"), std::string("[]"), std::string("{}"),
        std::string(R"({"version":"1","destination":"x"})"),
        std::string(R"({"destination":"x","clock":"2026-11-25T10:00:00Z"})"),
        std::string(R"({"version":"1","clock":"2026-11-25T10:00:00Z"})"),
        std::string(R"({"version":1,"destination":"x","clock":"2026-11-25T10:00:00Z"})"),
        std::string(R"({"version":"1","destination":"x","clock":"now"})"),
        std::string(R"({"version":"1","destination":"x","clock":"2026-11-25T10:00:00Z","jobs":-1})"),
        std::string(R"({"version":"1","destination":"x","clock":"2026-11-25T10:00:00Z","verbs":[1]})"),
        R"({"version":"1","destination":")" + long_text + R"(","clock":"2026-11-25T10:00:00Z"})"}) {
    EXPECT_FALSE(parse_presence(json)) << json;
  }
}

}  // namespace
}  // namespace remaphore
