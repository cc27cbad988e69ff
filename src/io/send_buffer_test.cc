#include "io/send_buffer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "io/descriptor.h"

namespace remaphore {
namespace {

// A connected pair of sockets; `near` does not block.
struct Pair {
  Pair() {
    int both[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    near.reset(both[0]);
    far.reset(both[1]);
    EXPECT_EQ(fcntl(near.get(), F_SETFL, O_NONBLOCK), 0);
  }
  std::string read(std::size_t most) {
    std::string text(most, '\0');
    const ssize_t size = recv(far.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }
  Descriptor near, far;
};

TEST(SendBufferTest, WritesInOrderWhatTheLinkTakes) {
  Pair pair;
  PlainStream stream(pair.near.get());
  SendBuffer buffer;
  EXPECT_TRUE(buffer.flush(stream));
  EXPECT_FALSE(buffer.sent_any());

  std::string said;
  for (int i = 0; buffer.unsent() == 0; ++i) {
    said += std::to_string(i) + ",";
    buffer.tail() += std::to_string(i) + ",";
    ASSERT_TRUE(buffer.flush(stream));
  }
  EXPECT_TRUE(buffer.sent_any());
  std::string heard;
  while (heard.size() < said.size()) {
    heard += pair.read(1 << 20);
    ASSERT_TRUE(buffer.flush(stream));
  }
  EXPECT_EQ(heard, said);
  EXPECT_EQ(buffer.unsent(), 0u);
  EXPECT_EQ(buffer.error(), "");
}

TEST(SendBufferTest, KeepsTheErrorOfALinkThatTakesNoMore) {
  Pair pair;
  PlainStream stream(pair.near.get());
  pair.far.reset();
  SendBuffer buffer;
  buffer.tail() = "PING";
  EXPECT_FALSE(buffer.flush(stream));
  EXPECT_EQ(buffer.error(), "Broken pipe");
  EXPECT_FALSE(buffer.flush(stream));
  EXPECT_FALSE(buffer.sent_any());
}

TEST(SendBufferTest, DistinguishesAPeerThatReadsFromOneThatDoesNot) {
  Pair pair;
  PlainStream stream(pair.near.get());
  SendBuffer buffer;
  buffer.tail() = std::string(8 << 20, 'x');
  ASSERT_TRUE(buffer.flush(stream));
  EXPECT_FALSE(buffer.progresses(pair.near.get()));  // the first look
  EXPECT_FALSE(buffer.progresses(pair.near.get()));
  ASSERT_NE(pair.read(1 << 20), "");
  ASSERT_TRUE(buffer.flush(stream));
  EXPECT_TRUE(buffer.progresses(pair.near.get()));
  EXPECT_FALSE(buffer.progresses(pair.near.get()));
}

// A link that is always a little behind: there is never a moment when nothing waits.
TEST(SendBufferTest, GivesBackWhatWasSentWhileTheRestWaits) {
  Pair pair;
  PlainStream stream(pair.near.get());
  SendBuffer buffer;
  const std::string reply(1 << 20, 'x');
  buffer.tail() += reply + reply;
  ASSERT_TRUE(buffer.flush(stream));
  std::size_t most = 0, read = 0;
  for (int i = 0; i < 200; ++i) {
    buffer.tail() += reply;
    while (buffer.unsent() > reply.size()) {
      read += pair.read(1 << 20).size();
      ASSERT_TRUE(buffer.flush(stream));
    }
    most = std::max(most, buffer.memory());
  }
  EXPECT_GT(read, 100u << 20);
  EXPECT_LE(most, 8u << 20);
  EXPECT_EQ(buffer.appended(), 202u << 20);
  EXPECT_EQ(buffer.appended() - buffer.sent(), buffer.unsent());
}

TEST(SendBufferTest, KeepsNoMemoryOfABacklogThatIsOver) {
  Pair pair;
  PlainStream stream(pair.near.get());
  SendBuffer buffer;
  buffer.tail() = std::string(64u << 20, 'x');
  ASSERT_TRUE(buffer.flush(stream));
  while (buffer.unsent() > 0) {
    pair.read(1 << 20);
    ASSERT_TRUE(buffer.flush(stream));
  }
  EXPECT_LE(buffer.memory(), SendBuffer::kKept);
}

}  // namespace
}  // namespace remaphore
