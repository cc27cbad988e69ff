#include "core/reply_format.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(ParseAnswerTest, TakesExitAndOutput) {
  const auto answer = parse_answer("3,a,b\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_status, "3");
  EXPECT_EQ(answer->output, "a,b\n");
  EXPECT_EQ(parse_answer("-1,")->exit_status, "-1");
  EXPECT_EQ(parse_answer("0,")->output, "");
  EXPECT_EQ(parse_answer("0123456789,x")->exit_status, "0123456789");
}

TEST(ParseAnswerTest, TakesTheBareNoDataOfAListenerWithoutACommand) {
  const auto answer = parse_answer("NO_DATA");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit_status, "0");
  EXPECT_EQ(answer->output, "NO_DATA");
}

TEST(ParseAnswerTest, RefusesEverythingElse) {
  for (const char* payload : {"", ",", ",x", "0", "-", "-,x", "x,y", " 0,x", "0 ,x", "+0,x", "0x1,y", "1.5,x", "--1,x",
                              "12345678901,x", "NO_DATA,", "no_data", "NO_DATA\n", "\n0,x"}) {
    EXPECT_FALSE(parse_answer(payload)) << payload;
  }
  EXPECT_FALSE(parse_answer(std::string_view("0\0,x", 4)));
}

TEST(FormatAnswerTest, WritesWhatFits) {
  EXPECT_EQ(format_answer(0, "out\n", 0, 100), "0,out\n");
  EXPECT_EQ(format_answer(137, "", 0, 100), "137,");
  EXPECT_EQ(format_answer(-1, "x", 0, 4), "-1,x");
}

TEST(FormatAnswerTest, SaysHowMuchItHasCut) {
  const std::string answer = format_answer(0, std::string(1000, 'x'), 0, 500);
  EXPECT_LE(answer.size(), 500u);
  const std::size_t note = answer.find("\n[remaphore: ");
  ASSERT_NE(note, std::string::npos);
  EXPECT_EQ(answer.substr(2, note - 2), std::string(note - 2, 'x'));
  EXPECT_EQ(answer.substr(note), "\n[remaphore: " + std::to_string(1000 - (note - 2)) + " more bytes of output cut]\n");
  EXPECT_TRUE(parse_answer(answer));
}

TEST(FormatAnswerTest, CountsWhatTheCallerHasCutAlready) {
  EXPECT_EQ(format_answer(0, "abc", 5, 1000), "0,abc\n[remaphore: 5 more bytes of output cut]\n");
  EXPECT_EQ(format_answer(0, "abc\n", 5, 1000), "0,abc\n[remaphore: 5 more bytes of output cut]\n");
}

TEST(FormatAnswerTest, StaysWithinAnyLimit) {
  for (std::size_t limit = 0; limit < 300; ++limit) {
    for (const std::size_t size : {0u, 1u, 100u, 1000u}) {
      EXPECT_LE(format_answer(255, std::string(size, 'x'), UINT64_MAX - 1000, limit).size(), limit);
      EXPECT_LE(format_answer(255, std::string(size, '\n'), 0, limit).size(), limit);
    }
  }
}

TEST(FormatRecordTest, IsOneLineOfThreeFields) {
  EXPECT_EQ(format_record("com.a", {"0", "  out \n"}, "MARK"), "com.a,0,  out\n");
  EXPECT_EQ(format_record("com.a", {"-1", ""}, "MARK"), "com.a,-1,\n");
  EXPECT_EQ(format_record("com.a", {"0", "a,b"}, "MARK"), "com.a,0,a,b\n");
  EXPECT_EQ(format_record("com.a", {"0", "NO_DATA"}, "MARK"), "com.a,0,NO_DATA\n");
}

TEST(FormatRecordTest, FramesSeveralLines) {
  EXPECT_EQ(format_record("com.a", {"0", "\na\n\nb\n\n"}, "MARK"), "--> MARK\ncom.a,0,\na\n\nb\n--< MARK\n");
}

// It ends a line for a terminal, and for programs that read with universal newlines.
TEST(FormatRecordTest, FramesALoneCarriageReturn) {
  EXPECT_EQ(format_record("com.a", {"0", "a\rcom.bank,0,forged"}, "MARK"),
            "--> MARK\ncom.a,0,a\rcom.bank,0,forged\n--< MARK\n");
  EXPECT_EQ(format_record("com.a", {"0", "a\r\n"}, "MARK"), "com.a,0,a\n");
}

TEST(ReplyFormatTest, ReadsAnExitStatusAsANumber) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0,", 0}, {"007,", 7}, {"-1,", -1}, {"-0,", 0}, {"9999999999,", 9999999999}, {"NO_DATA", 0}};
  for (const auto& [payload, number] : cases) EXPECT_EQ(exit_number(*parse_answer(payload)), number) << payload;
}

}  // namespace
}  // namespace remaphore
