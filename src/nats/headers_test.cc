#include "nats/headers.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

std::string text_of(const Result<HeaderBlock>& block) {
  if (!block) return "! " + block.error().message;
  std::string text = std::to_string(block->status);
  for (const auto& [name, value] : block->headers) text += " " + std::string(name) + "=<" + std::string(value) + ">";
  return text;
}

std::string parsed(std::string_view block) { return text_of(parse_headers(block)); }

TEST(HeadersTest, ReadWhatTheyWrite) {
  const Header headers[] = {{"Nats-Msg-Id", "01ab"}, {"Empty", ""}, {"Nats-Msg-Id", "a: b\tc \xff"}};
  const std::string block = format_headers(headers);
  EXPECT_EQ(block, "NATS/1.0\r\nNats-Msg-Id: 01ab\r\nEmpty: \r\nNats-Msg-Id: a: b\tc \xff\r\n\r\n");
  EXPECT_EQ(parsed(block), "0 Nats-Msg-Id=<01ab> Empty=<> Nats-Msg-Id=<a: b\tc \xff>");
  EXPECT_EQ(format_headers({}), "NATS/1.0\r\n\r\n");
  EXPECT_EQ(parsed("NATS/1.0\r\n\r\n"), "0");
}

TEST(HeadersTest, ReadTheServersStatus) {
  EXPECT_EQ(parsed("NATS/1.0 503\r\n\r\n"), "503");
  EXPECT_EQ(parsed("NATS/1.0 503 No Responders\r\n\r\n"), "503");
  EXPECT_EQ(parsed("NATS/1.0 404 No Message Found\r\nA:b\r\n\r\n"), "404 A=<b>");
  EXPECT_EQ(parsed("NATS/1.0 \r\n\r\n"), "0");
}

TEST(HeadersTest, ReadValuesWithoutTheBlanksAroundThem) {
  EXPECT_EQ(parsed("NATS/1.0\r\nA: \t b c \r\n\r\n"), "0 A=<b c>");
}

TEST(HeadersTest, RefuseWhatIsNoBlock) {
  for (const char* block : {"",
                            "\r\n",
                            "NATS/1.0",
                            "NATS/1.0\r\n",
                            "NATS/2.0\r\n\r\n",
                            "NATS/1.0\n\n",
                            "NATS/1.0\r\nA: b\r\n",
                            "NATS/1.0\r\nA\r\n\r\n",
                            "NATS/1.0\r\n: b\r\n\r\n",
                            "NATS/1.0\r\nA b: c\r\n\r\n",
                            "NATS/1.0\r\nA: b\n\r\n\r\n",
                            "NATS/1.0\r\n folded\r\n\r\n",
                            "NATS/1.0\r\n\r\nA: b\r\n\r\n",
                            "NATS/1.0x\r\n\r\n",
                            "NATS/1.0 x\r\n\r\n",
                            "NATS/1.0 99\r\n\r\n",
                            "NATS/1.0 1000\r\n\r\n",
                            "NATS/1.0 -503\r\n\r\n",
                            "NATS/1.0 50x\r\n\r\n",
                            "NATS/1.0\r\nA: \x1b[2J\r\n\r\n"}) {
    EXPECT_EQ(parsed(block).substr(0, 1), "!") << block;
  }
}

TEST(HeadersTest, AreBounded) {
  const std::string one = "A: b\r\n";
  std::string most = "NATS/1.0\r\n";
  for (std::size_t i = 0; i < header::kMaxCount; ++i) most += one;
  EXPECT_EQ(parsed(most + "\r\n").substr(0, 1), "0");
  EXPECT_EQ(parsed(most + one + "\r\n"), "! malformed headers: too many");
  const std::string longest = "NATS/1.0\r\nA: " + std::string(header::kMaxBlockBytes - 17, 'x') + "\r\n\r\n";
  ASSERT_EQ(longest.size(), header::kMaxBlockBytes);
  EXPECT_EQ(parsed(longest).substr(0, 1), "0");
  EXPECT_EQ(parsed(longest.substr(0, 13) + "x" + longest.substr(13)), "! malformed headers: too long");
}

}  // namespace
}  // namespace remaphore::nats
