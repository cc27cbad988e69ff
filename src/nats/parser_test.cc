#include "nats/parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "core/header.h"

namespace remaphore::nats {
namespace {

using Kind = Op::Kind;

constexpr std::size_t kMaxPayload = 1024;

void feed(Parser& parser, std::string_view bytes) {
  const std::span<char> room = parser.writable(bytes.size());
  ASSERT_GE(room.size(), bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  parser.commit(bytes.size());
}

std::string text_of(const Op& op) {
  const char* names[] = {"INFO", "MSG", "PING", "PONG", "OK", "ERR"};
  std::string text = names[static_cast<std::size_t>(op.kind)];
  if (op.kind == Kind::kMessage) {
    text += " " + std::string(op.subject) + " " + std::to_string(op.sid);
    if (!op.reply_to.empty()) text += " @" + std::string(op.reply_to);
    if (!op.headers.empty()) text += " [" + std::string(op.headers) + "]";
    text += " <" + std::string(op.payload) + ">";
  } else if (!op.text.empty()) {
    text += " " + std::string(op.text);
  }
  return text + "\n";
}

// The parsed operations, one per line; ends with "!" at the first error.
std::string drain(Parser& parser) {
  std::string all;
  while (true) {
    const auto op = parser.next();
    if (!op) {
      EXPECT_EQ(op.error().code, Errc::kConnection);
      return all + "! " + op.error().message;
    }
    if (!*op) return all;
    all += text_of(**op);
  }
}

std::string parse(std::string_view bytes) {
  Parser parser;
  parser.set_max_payload(kMaxPayload);
  feed(parser, bytes);
  return drain(parser);
}

bool refuses(std::string_view bytes, std::string_view why) { return parse(bytes).find(why) != std::string::npos; }

TEST(ParserTest, ReadsEveryOperation) {
  EXPECT_EQ(parse("INFO {\"a\":1}\r\n"), "INFO {\"a\":1}\n");
  EXPECT_EQ(parse("PING\r\nPONG\r\n+OK\r\n"), "PING\nPONG\nOK\n");
  EXPECT_EQ(parse("-ERR 'Authorization Violation'\r\n"), "ERR Authorization Violation\n");
  EXPECT_EQ(parse("MSG a.b 7 5\r\nhello\r\n"), "MSG a.b 7 <hello>\n");
  EXPECT_EQ(parse("MSG a.b 7 reply.to 5\r\nhello\r\n"), "MSG a.b 7 @reply.to <hello>\n");
  EXPECT_EQ(parse("MSG a 1 0\r\n\r\n"), "MSG a 1 <>\n");
}

TEST(ParserTest, CutsTheHeadersOfAMessageOff) {
  EXPECT_EQ(parse("HMSG a 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n"), "MSG a 1 [NATS/1.0\r\n\r\n] <hello>\n");
  EXPECT_EQ(parse("HMSG a 1 back 12 17\r\nNATS/1.0\r\n\r\nhello\r\n"), "MSG a 1 @back [NATS/1.0\r\n\r\n] <hello>\n");
  EXPECT_EQ(parse("HMSG a 1 12 12\r\nNATS/1.0\r\n\r\n\r\n"), "MSG a 1 [NATS/1.0\r\n\r\n] <>\n");
  EXPECT_EQ(parse("HMSG a 1 0 2\r\nhi\r\n"), "MSG a 1 <hi>\n");
}

// Any publisher can choose them: they must not cost the link.
TEST(ParserTest, LeavesSubjectsAndHeadersOutThatAreTooLong) {
  const std::string most(Parser::kMaxSubject, 's'), block(header::kMaxBlockBytes, 'h');
  EXPECT_EQ(parse("MSG " + most + " 1 " + most + " 2\r\nhi\r\n"), "MSG " + most + " 1 @" + most + " <hi>\n");
  EXPECT_EQ(parse("MSG " + most + "s 1 " + most + "s 2\r\nhi\r\n"), "MSG  1 <hi>\n");
  const auto with = [](const std::string& headers) {
    const std::string size = std::to_string(headers.size());
    return parse("HMSG a 1 " + size + " " + size + "\r\n" + headers + "\r\n");
  };
  EXPECT_EQ(with(block), "MSG a 1 [" + block + "] <>\n");
  EXPECT_EQ(with(block + "h"), "MSG a 1 <>\n");
}

// {"type":…,"message":{"data":"<base64 of 1 MiB>"}}: more than a client may publish.
TEST(ParserTest, TakesAnAnswerThatHoldsAWholeMessageInBase64) {
  Parser parser;
  parser.set_max_payload(1u << 20);
  const std::string answer(1398259, 'x');
  feed(parser, "MSG a 1 1398259\r\n" + answer + "\r\n");
  EXPECT_EQ(drain(parser), "MSG a 1 <" + answer + ">\n");
}

TEST(ParserTest, ReadsAnyCaseBlanksAndLineEnds) {
  EXPECT_EQ(parse("ping\nPong\n+ok\ninfo  {}  \nmsg\ta \t1   2 \r\nhi\r\n"), "PING\nPONG\nOK\nINFO {}\nMSG a 1 <hi>\n");
  EXPECT_EQ(parse("-ERR plain\r\n-ERR ''\r\n-ERR '\r\n-ERR\r\n"), "ERR plain\nERR\nERR '\nERR\n");
}

TEST(ParserTest, TakesThePayloadVerbatim) {
  const std::string payload(
      "a\r\nMSG x 1 1\r\n\0\xff"
      "b",
      17);
  EXPECT_EQ(parse("MSG a 1 17\r\n" + payload + "\r\n"), "MSG a 1 <" + payload + ">\n");
}

TEST(ParserTest, WaitsForTheRest) {
  EXPECT_EQ(parse(""), "");
  EXPECT_EQ(parse("PIN"), "");
  EXPECT_EQ(parse("PING\r"), "");
  EXPECT_EQ(parse("MSG a 1 5\r\nhel"), "");
  EXPECT_EQ(parse("MSG a 1 5\r\nhello\r"), "");
}

TEST(ParserTest, CountsWhatItHolds) {
  Parser parser;
  parser.set_max_payload(kMaxPayload);
  feed(parser, "PING\r\nPON");
  EXPECT_EQ(drain(parser), "PING\n");
  EXPECT_EQ(parser.pending(), 3u);
}

TEST(ParserTest, RefusesWhatIsNotTheProtocol) {
  for (const char* bytes : {"\r\n", "HTTP/1.1 400 Bad Request\r\n", "PINGS\r\n", "PIN\r\n", "MS a 1 1\r\n",
                            "SUB a 1\r\n", "OK\r\n", "\x16\x03\x01\n", "ERR 'x'\r\n"}) {
    EXPECT_TRUE(refuses(bytes, "unknown operation")) << bytes;
  }
  EXPECT_TRUE(refuses(std::string_view("PI\0NG\r\n", 7), "unknown operation"));
  EXPECT_EQ(parse("evil \x1b[2J\r\n").find('\x1b'), std::string::npos);  // safe to show
}

TEST(ParserTest, RefusesAMalformedMessageLine) {
  for (const char* line :
       {"MSG", "MSG a", "MSG a 1", "MSG a 1 x", "MSG a x 1", "MSG a 1 -1", "MSG a 1 +1", "MSG a 1 1.0", "MSG a 1 r 1 1",
        "MSG a 1 1 1 1 1 1", "MSG a 1 0x1", "MSG a 1 18446744073709551616", "MSG a 18446744073709551616 1",
        "MSG a -1 1", "HMSG a 1 1", "HMSG a 1 x 1", "HMSG a 1 r x 1", "HMSG a 1 r 1 1 1"}) {
    EXPECT_TRUE(refuses(std::string(line) + "\r\nx\r\n", "malformed message line")) << line;
  }
}

TEST(ParserTest, RefusesAbsurdLengths) {
  const std::size_t bound = Parser::message_bound(kMaxPayload);
  const std::string most = std::to_string(bound), more = std::to_string(bound + 1), payload(bound, 'x');
  EXPECT_EQ(parse("MSG a 1 " + most + "\r\n" + payload + "\r\n"), "MSG a 1 <" + payload + ">\n");
  EXPECT_TRUE(refuses("MSG a 1 " + more + "\r\n", "message size out of range"));
  EXPECT_TRUE(refuses("HMSG a 1 0 " + more + "\r\n", "message size out of range"));
  for (const char* line : {"MSG a 1 2147483646", "MSG a 1 4294967296", "MSG a 1 18446744073709551615",
                           "MSG a 1 18446744073709551614", "HMSG a 1 6 5", "HMSG a 1 18446744073709551615 5"}) {
    EXPECT_TRUE(refuses(std::string(line) + "\r\n", "message size out of range")) << line;
  }
}

TEST(ParserTest, RefusesAMessageThatDoesNotEndWhereItSays) {
  EXPECT_TRUE(refuses("MSG a 1 5\r\nhelloXX", "a message of the wrong length"));
  EXPECT_TRUE(refuses("MSG a 1 4\r\nhello\r\n", "a message of the wrong length"));
  EXPECT_TRUE(refuses("MSG a 1 5\r\nhello\n\n", "a message of the wrong length"));
}

TEST(ParserTest, RefusesALineWithoutEnd) {
  EXPECT_EQ(parse("INFO " + std::string(Parser::kSlack - 5, 'x')), "");
  EXPECT_EQ(parse("INFO " + std::string(Parser::kSlack - 6, 'x') + "\r\n").substr(0, 6), "INFO x");
  EXPECT_TRUE(refuses("INFO " + std::string(Parser::kSlack, 'x'), "a line without end"));
  EXPECT_TRUE(refuses("INFO " + std::string(Parser::kSlack, 'x') + "\r\n", "a line too long"));
}

TEST(ParserTest, RefusesEveryPayloadBeforeItKnowsTheLimit) {
  Parser parser;
  feed(parser, "PING\r\nPONG\r\n-ERR 'x'\r\nMSG a 1 1\r\nx\r\n");
  const std::string all = drain(parser);
  EXPECT_EQ(all.substr(0, 16), "PING\nPONG\nERR x\n");
  EXPECT_NE(all.find("message size out of range"), std::string::npos);
}

TEST(ParserTest, BoundsTheLimitItself) {
  Parser parser;
  parser.set_max_payload(SIZE_MAX);
  feed(parser, "MSG a 1 " + std::to_string(Parser::message_bound(Parser::kMaxMaxPayload) + 1) + "\r\n");
  EXPECT_NE(drain(parser).find("message size out of range"), std::string::npos);
}

TEST(ParserTest, HoldsNoMoreThanAMessageAndItsSlack) {
  Parser parser;
  parser.set_max_payload(kMaxPayload);
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    feed(parser, "MSG a 1 1024\r\n" + std::string(1024, 'x') + "\r\nPIN");
    drain(parser);
    feed(parser, "G\r\n");
    drain(parser);
    most = std::max(most, parser.writable(1).size());
  }
  EXPECT_EQ(parser.pending(), 0u);
  EXPECT_LE(most, kMaxPayload + Parser::kSlack);
}

TEST(ParserTest, GivesALargeBufferBack) {
  Parser parser;
  parser.set_max_payload(8u << 20);
  feed(parser, "MSG a 1 4194304\r\n" + std::string(4u << 20, 'x') + "\r\n");
  EXPECT_NE(drain(parser), "");
  EXPECT_LT(parser.writable(1).size(), 1u << 20);
}

// ---- however the bytes are cut

const std::string& conversation() {
  static const std::string bytes = [] {
    std::string all = "INFO {\"max_payload\":1024}\r\nPING\r\n+OK\r\nMSG a.b 1 5\r\nhello\r\n";
    all += "HMSG x 22 r 12 29\r\nNATS/1.0\r\n\r\n" + std::string("\r\nPING\r\n\0MSG a\r\n\n\r", 17) + "\r\n";
    all +=
        "-ERR 'Permissions Violation'\r\nMSG e 3 0\r\n\r\nMSG big 4 1024\r\n" + std::string(1024, '\n') + "\r\nPONG\n";
    return all;
  }();
  return bytes;
}

TEST(ParserTest, GivesTheSameFedByteByByte) {
  const std::string whole = parse(conversation());
  ASSERT_EQ(std::count(whole.begin(), whole.end(), '!'), 0) << whole;
  Parser parser;
  parser.set_max_payload(kMaxPayload);
  std::string all;
  for (const char c : conversation()) {
    feed(parser, std::string_view(&c, 1));
    all += drain(parser);
  }
  EXPECT_EQ(all, whole);
  EXPECT_EQ(parser.pending(), 0u);
}

TEST(ParserTest, GivesTheSameInRandomCuts) {
  const std::string whole = parse(conversation());
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    Parser parser;
    parser.set_max_payload(kMaxPayload);
    std::string all;
    std::string_view rest = conversation();
    while (!rest.empty()) {
      const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % (1u << (random() % 11)));
      feed(parser, rest.substr(0, size));
      rest.remove_prefix(size);
      if (random() % 3 != 0) all += drain(parser);
    }
    ASSERT_EQ(all + drain(parser), whole) << round;
  }
}

TEST(ParserTest, SurvivesRandomDamage) {
  std::mt19937 random(10);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = conversation();
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    refused += parse(bytes).find("! ") != std::string::npos;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace remaphore::nats
