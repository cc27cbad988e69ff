#include "core/progress_layout.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = Responder::State;
using Lines = std::vector<std::string>;

const Screen kPlain{.width = 80, .height = 24, .charset = Charset::kUtf8, .color = false};
const Screen kAscii{.width = 80, .height = 24, .charset = Charset::kAscii, .color = false};

// One ok, one failed, one waiting.
RequestState three() {
  RequestState state;
  state.responders = {{"com.example.left", State::kOk, "0", std::chrono::microseconds(1234)},
                      {"com.example.right", State::kFailed, "127", milliseconds(15)},
                      {"com.example.store", State::kWaiting, "", {}}};
  state.elapsed = milliseconds(2999);
  state.limit = seconds(5);
  return state;
}

RequestState many(std::size_t ok, std::size_t failed, std::size_t waiting) {
  RequestState state;
  state.responders.assign(ok, {"ok", State::kOk, "0", milliseconds(1)});
  state.responders.insert(state.responders.end(), failed, {"bad", State::kFailed, "1", milliseconds(1)});
  state.responders.insert(state.responders.end(), waiting, {"silent", State::kWaiting, "", {}});
  return state;
}

Lines drawn(const RequestState& state, std::size_t width, std::size_t height, Charset charset = Charset::kUtf8) {
  return lay_out(state, Screen{.width = width, .height = height, .charset = charset, .color = false});
}

TEST(ProgressLayoutTest, ShowsEveryResponderAndABar) {
  EXPECT_EQ(lay_out(three(), kPlain),
            (Lines{"✔ ok          1.2 ms  com.example.left",   //
                   "✘ exit 127     15 ms  com.example.right",  //
                   "· waiting             com.example.store",  //
                   "━━━━━━━━━━━━━━━━────────  2 of 3 answered, 1 failed, 1 waiting, 2s of 5s"}));
}

TEST(ProgressLayoutTest, IsPlainAsciiWithoutUtf8) {
  EXPECT_EQ(lay_out(three(), kAscii),
            (Lines{"+ ok          1.2 ms  com.example.left",   //
                   "! exit 127     15 ms  com.example.right",  //
                   ". waiting             com.example.store",  //
                   "[#######!!!!!!!........]  2 of 3 answered, 1 failed, 1 waiting, 2s of 5s"}));
  RequestState ended = many(30, 1, 40);
  ended.responders[35].name = "größe";
  ended.ended = true;
  for (const Lines& lines : {lay_out(many(30, 5, 40), kAscii), lay_out(ended, kAscii)}) {
    for (const std::string& line : lines) {
      for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
    }
  }
}

TEST(ProgressLayoutTest, PaintsMarksAndBarOnly) {
  Screen color = kPlain;
  color.color = true;
  const Lines lines = lay_out(three(), color);
  EXPECT_EQ(lines[0], "\x1b[32m✔ ok       \x1b[0m   1.2 ms  com.example.left");
  EXPECT_EQ(lines[1], "\x1b[31m✘ exit 127 \x1b[0m    15 ms  com.example.right");
  EXPECT_EQ(lines[2], "\x1b[2m· waiting  \x1b[0m           com.example.store");
  EXPECT_EQ(lines[3],
            "\x1b[32m━━━━━━━━\x1b[0m\x1b[31m━━━━━━━━\x1b[0m\x1b[2m────────\x1b[0m  "
            "2 of 3 answered, 1 failed, 1 waiting, 2s of 5s");
}

TEST(ProgressLayoutTest, ShowsNoLimitWithoutOne) {
  RequestState state = many(0, 0, 1);
  EXPECT_EQ(lay_out(state, kPlain).back(), "────────────────────────  0 of 1 answered, 1 waiting, 0s");
}

TEST(ProgressLayoutTest, FillsTheBarOnlyWhenAllHaveAnswered) {
  EXPECT_EQ(lay_out(many(999, 0, 1), kPlain).back().substr(0, 3 * 24), "━━━━━━━━━━━━━━━━━━━━━━━─");
  EXPECT_EQ(lay_out(many(1000, 0, 0), kPlain).back().substr(0, 3 * 24), "━━━━━━━━━━━━━━━━━━━━━━━━");
}

TEST(ProgressLayoutTest, ShowsTheFailedAndTheMissingOnlyIfNotAllFit) {
  EXPECT_EQ(drawn(many(8, 0, 0), 80, 10).size(), 9u);  // the cursor has the tenth
  const Lines lines = drawn(many(7, 1, 1), 80, 10);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("bad"), std::string::npos);
  EXPECT_NE(lines[1].find("silent"), std::string::npos);
}

TEST(ProgressLayoutTest, CountsTheNodesWithoutALine) {
  const Lines lines = drawn(many(20, 3, 30), 80, 10);
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_NE(lines[2].find("bad"), std::string::npos);  // failures first
  EXPECT_NE(lines[3].find("silent"), std::string::npos);
  EXPECT_NE(lines[6].find("silent"), std::string::npos);
  EXPECT_EQ(lines[7], "… and 26 more: 26 waiting");
  EXPECT_EQ(lines[8].substr(3 * 24), "  23 of 53 answered, 3 failed, 30 waiting, 0s");
  EXPECT_EQ(drawn(many(0, 30, 30), 80, 10)[7], "… and 53 more: 23 failed, 30 waiting");
  EXPECT_EQ(drawn(many(0, 30, 30), 80, 10, Charset::kAscii)[7], "... and 53 more: 23 failed, 30 waiting");
}

TEST(ProgressLayoutTest, TakesTenLinesOfATallScreen) {
  for (const std::size_t height : {11u, 30u, 500u}) {
    EXPECT_EQ(drawn(many(0, 0, 9), 80, height).size(), 10u);
    EXPECT_EQ(drawn(many(0, 0, 10), 80, height).size(), 10u);
    const Lines lines = drawn(many(0, 5, 44), 80, height);
    EXPECT_EQ(lines.size(), 10u);
    EXPECT_EQ(lines[8], "… and 41 more: 41 waiting");
  }
}

TEST(ProgressLayoutTest, LeavesHalfOfALowScreenToWhatIsPrintedAboveIt) {
  Screen screen = kPlain;
  screen.leaves_half = true;
  for (screen.height = 1; screen.height < 40; ++screen.height) {
    const std::size_t most = std::max<std::size_t>(1, std::min<std::size_t>(10, screen.height / 2));
    EXPECT_EQ(lay_out(many(0, 0, 49), screen).size(), most) << screen.height;
  }
}

TEST(ProgressLayoutTest, NamesSilentNodesAtTheEnd) {
  RequestState state = three();
  state.ended = true;
  EXPECT_EQ(lay_out(state, kPlain), (Lines{"✔ ok          1.2 ms  com.example.left",   //
                                           "✘ exit 127     15 ms  com.example.right",  //
                                           "✘ no answer           com.example.store",  //
                                           "✘ 2 of 3 answered, 1 failed, 1 without answer in 3.00 s"}));
}

TEST(ProgressLayoutTest, LeavesTheCountsOnlyWhereTheRecordsStand) {
  RequestState state = three();
  state.ended = true;
  Screen shared = kPlain;
  shared.shows_records = true;
  EXPECT_EQ(lay_out(state, shared), (Lines{"✘ 2 of 3 answered, 1 failed, 1 without answer in 3.00 s"}));
  state = many(2, 0, 0);
  state.ended = true;
  state.elapsed = milliseconds(12);
  EXPECT_EQ(lay_out(state, shared), (Lines{"✔ 2 of 2 answered in 12 ms"}));
}

TEST(ProgressLayoutTest, MarksNoneAsMissingIfEnoughAnswered) {
  RequestState state = three();
  state.ended = state.enough = true;
  EXPECT_EQ(lay_out(state, kPlain), (Lines{"✔ ok          1.2 ms  com.example.left",   //
                                           "✘ exit 127     15 ms  com.example.right",  //
                                           "· no answer           com.example.store",  //
                                           "✔ 2 of 3 answered, 1 failed, 1 without answer in 3.00 s"}));
}

// Every size, every state: nothing wraps, nothing scrolls, nothing is empty.
TEST(ProgressLayoutTest, FitsEveryScreen) {
  for (const Charset charset : {Charset::kUtf8, Charset::kAscii}) {
    for (const bool ended : {true, false}) {
      for (std::size_t width = 1; width < 100; ++width) {
        for (const std::size_t height : {1u, 2u, 3u, 4u, 10u, 24u}) {
          RequestState state = many(5, 3, 9);
          state.responders[6].name = "日本語日本語日本語日本語日本語日本語日本語";
          state.responders[6].exit_status = "-1234567890";
          state.responders[9].name = "com.\x1b[2J.example.\xff";
          state.ended = ended;
          const Lines lines = drawn(state, width, height, charset);
          ASSERT_GE(lines.size(), 1u);
          ASSERT_LE(lines.size(), std::max<std::size_t>(1, height - 1));
          for (const std::string& line : lines) {
            ASSERT_LE(columns_of(line), std::max<std::size_t>(1, width - 1)) << width << ": " << line;
            ASSERT_EQ(line.find_first_of("\x1b\n\r"), std::string::npos);
          }
        }
      }
    }
  }
}

TEST(FormatLatencyTest, HasAboutThreeDigits) {
  using std::chrono::microseconds;
  EXPECT_EQ(format_latency(Duration(0)), "0.0 ms");
  EXPECT_EQ(format_latency(microseconds(840)), "0.8 ms");
  EXPECT_EQ(format_latency(microseconds(9949)), "9.9 ms");
  EXPECT_EQ(format_latency(microseconds(9950)), "10 ms");
  EXPECT_EQ(format_latency(microseconds(999'499)), "999 ms");
  EXPECT_EQ(format_latency(microseconds(999'500)), "1.00 s");
  EXPECT_EQ(format_latency(milliseconds(9994)), "9.99 s");
  EXPECT_EQ(format_latency(milliseconds(9995)), "10.0 s");
  EXPECT_EQ(format_latency(milliseconds(59'949)), "59.9 s");
  EXPECT_EQ(format_latency(seconds(125)), "2m5s");
}

TEST(ProgressLayoutTest, ShowsTheRounds) {
  RequestState state = three();
  state.responders.push_back({"com.example.later", State::kLater, "", {}});
  state.round = 2;
  state.rounds = 3;
  Lines lines = drawn(state, 100, 24);
  EXPECT_EQ(lines[3], "· later               com.example.later");
  EXPECT_NE(lines[4].find("round 2 of 3, 2 of 4 answered, 1 failed, 1 waiting, 1 later, 2s of 5s"),
            Lines::value_type::npos)
      << lines[4];
  state.ended = true;
  lines = drawn(state, 100, 24);
  EXPECT_EQ(lines[3], "· not asked           com.example.later");
  EXPECT_NE(lines[4].find("2 of 4 answered, 1 failed, 1 without answer, 1 not asked in"), Lines::value_type::npos);
}

TEST(ProgressLayoutTest, LeavesOutLaterRoundsIfThereIsNoRoom) {
  RequestState state = many(0, 0, 2);
  state.responders.insert(state.responders.end(), 50, {"later", State::kLater, "", {}});
  const Lines lines = drawn(state, 80, 24);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("silent"), Lines::value_type::npos);
}

RequestState barrier(std::size_t expected) {
  RequestState state;
  state.responders = {{"com.db1", State::kOk, "0", milliseconds(1250)},
                      {"com.db2", State::kFailed, "3", milliseconds(15)},
                      {"com.db3", State::kWaiting, "", {}}};
  state.elapsed = seconds(2);
  state.expected = expected;
  return state;
}

TEST(ProgressLayoutTest, ShowsArrivalsAtABarrier) {
  EXPECT_EQ(lay_out(barrier(3), kPlain),
            (Lines{"✔ arrived     1.25 s  com.db1",  //
                   "✘ exit 3       15 ms  com.db2",  //
                   "· waiting             com.db3",  //
                   "━━━━━━━━────────────────  1 of 3 arrived, 1 failed, 2 missing, 2s"}));
}

TEST(ProgressLayoutTest, EndsABarrierWithTheMissing) {
  RequestState state = barrier(3);
  state.ended = true;
  EXPECT_EQ(lay_out(state, kPlain),
            (Lines{"✔ arrived     1.25 s  com.db1",  //
                   "✘ exit 3       15 ms  com.db2",  //
                   "✘ missing             com.db3",  //
                   "✘ 1 of 3 arrived, 1 failed, 2 missing in 2.00 s"}));
}

TEST(ProgressLayoutTest, IsCompleteOnceEnoughHaveArrived) {
  RequestState state = barrier(1);
  state.ended = state.enough = true;
  EXPECT_EQ(lay_out(state, kPlain).back(), "✔ 1 of 1 arrived, 1 failed in 2.00 s");
}

TEST(ProgressLayoutTest, ShowsABarrierWithoutNamesBeforeTheFirstArrival) {
  RequestState state;
  state.expected = 5;
  EXPECT_EQ(lay_out(state, kPlain), Lines{"────────────────────────  0 of 5 arrived, 5 missing, 0s"});
}

}  // namespace
}  // namespace remaphore
