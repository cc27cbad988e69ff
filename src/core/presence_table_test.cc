#include "core/presence_table.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(PresenceTableTest, HasALineForEachListenerAndEachSilentNode) {
  Presence left;
  left.version = "0.2.0";
  left.clock = WallTime(hours(1000));
  left.since = left.clock - hours(26) - minutes(5);
  left.verbs = {"deploy", "rollback"};
  left.has_command = true;
  left.jobs = 4;
  left.running = 1;
  left.queued = 12;
  Presence right;
  right.version = "0.2.0";
  right.clock = right.since = WallTime(hours(1));
  right.uuid = "6162";
  const std::vector<PresenceRow> rows{{"com.example.left", &left, milliseconds(-60'250)},
                                      {"com.example.right", &right, {}},
                                      {"com.example.a-long-name-of-a-node", nullptr, {}}};
  EXPECT_EQ(format_presence_table(rows),
            "NODE                               VERSION  UP    WAITS FOR        RUNNING  QUEUED  CLOCK\n"
            "com.example.left                   0.2.0    1d2h  deploy,rollback  1 of 4   12      -60.250 s\n"
            "com.example.right                  0.2.0    0s    any uuid 6162    prints   0       0 s\n"
            "com.example.a-long-name-of-a-node  no listener, or an older one\n");
}

TEST(PresenceTableTest, EscapesWhatPeersSay) {
  Presence evil;
  evil.version = "\x1b[2J";
  evil.verbs = {"a\nb"};
  const std::string table = format_presence_table({{"x", &evil, {}}});
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2);
}

TEST(PresenceTableTest, AClockIsShownToTheMillisecond) {
  EXPECT_EQ(format_clock_offset(Duration(400'000)), "0 s");
  EXPECT_EQ(format_clock_offset(milliseconds(1250)), "+1.250 s");
  EXPECT_EQ(format_clock_offset(seconds(-60)), "-60 s");
  EXPECT_EQ(format_clock_offset(milliseconds(-7)), "-0.007 s");
}

}  // namespace
}  // namespace remaphore
