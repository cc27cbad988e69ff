#include "io/nats_session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <variant>

#include "io/signals.h"
#include "io/system_clock.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

// A session whose server is the other end of a pair of sockets.
class NatsSessionTest : public testing::Test, public EventSource {
 protected:
  NatsSessionTest() {
    connect();
    loop_.add(*this);
  }
  void connect() {
    int both[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    server_.reset(both[1]);
    ASSERT_EQ(fcntl(both[0], F_SETFL, O_NONBLOCK), 0);
    NatsLink link{Descriptor(both[0]), false, clock_};
    session_.emplace(std::move(link), "here:4222", clock_.monotonic() + seconds(60), numbers_, clock_);
    session_->set_max_payload(1 << 20);
    ASSERT_TRUE(std::holds_alternative<LinkOpen>(session_->next().value()));
  }
  void prepare(PollSet& set) override { session_->prepare(set); }
  void dispatch(const PollSet& set) override { session_->dispatch(set); }

  // Writes what the socket takes and reads what is there.
  void turn() { loop_.wait(MonotonicTime::min()); }
  void says(const std::string& text) {
    ASSERT_EQ(send(server_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    turn();
  }
  void read_all() {
    std::string text(1 << 20, '\0');
    while (recv(server_.get(), text.data(), text.size(), MSG_DONTWAIT) > 0) {
    }
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  SystemClock clock_;
  Descriptor server_;
  NatsSession::Numbers numbers_;
  std::optional<NatsSession> session_;
};

TEST_F(NatsSessionTest, TakesAPongForTheAnswerToItsFlush) {
  const FlushId flush = session_->flush();
  turn();
  says("PONG\r\n");
  const auto event = session_->next();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Flushed>(*event).id, flush);
  EXPECT_TRUE(session_->logged_in());
}

// Otherwise a server that does not read could make us forget data that it never got, and produce more.
TEST_F(NatsSessionTest, TakesNoPongForTheAnswerToAPingThatHasNotLeft) {
  session_->publish({.subject = "a", .payload = std::string(1 << 20, 'x')});
  const FlushId flush = session_->flush();
  turn();
  ASSERT_GT(session_->unsent(), 0u);
  says("PONG\r\nPONG\r\n");
  EXPECT_FALSE(session_->next());
  EXPECT_TRUE(session_->flushing());
  EXPECT_FALSE(session_->end());
  while (session_->unsent() > 0) {
    read_all();
    turn();
  }
  says("PONG\r\n");
  const auto event = session_->next();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Flushed>(*event).id, flush);
}

TEST_F(NatsSessionTest, CountsTheEndOfTheBytesAsHeard) {
  const MonotonicTime before = clock_.monotonic();
  ASSERT_LT(session_->heard_at(), before);
  server_.reset();
  turn();
  EXPECT_FALSE(session_->next());
  ASSERT_TRUE(session_->end());
  EXPECT_GE(session_->heard_at(), before);
  EXPECT_EQ(session_->end()->why, "connection to here:4222 lost: the server closed the connection");
}

TEST_F(NatsSessionTest, ExplainsThatAServerThatStopsInAMessageMayHaveFoundUsSlow) {
  session_->flush();
  turn();
  says("PONG\r\nMSG subject 1 1000\r\nits beginning");
  ASSERT_TRUE(session_->next());
  read_all();  // else the end is a reset
  server_.reset();
  turn();
  EXPECT_FALSE(session_->next());
  ASSERT_TRUE(session_->end());
  EXPECT_EQ(
      session_->end()->why,
      "connection to here:4222 lost: the server closed the connection, in the middle of a message: the server may "
      "have dropped this client as a slow consumer");
}

TEST_F(NatsSessionTest, RepeatsTheServersErrorForASlowConsumer) {
  says("-ERR 'Slow Consumer'\r\n");
  EXPECT_FALSE(session_->next());
  ASSERT_TRUE(session_->end());
  EXPECT_EQ(session_->end()->why, "the server here:4222 says \"Slow Consumer\"");
}

TEST_F(NatsSessionTest, KnowsThatAServerWithoutALoginHasTakenNothing) {
  const std::pair<const char*, bool> cases[] = {{"Authorization Violation", false},
                                                {"maximum connections exceeded", false},
                                                {"maximum control line exceeded", false},
                                                {"Unknown Protocol Operation", true}};
  for (const auto& [error, maybe] : cases) {
    connect();
    session_->publish({.subject = "a"});
    turn();
    says("-ERR '" + std::string(error) + "'\r\n");
    EXPECT_FALSE(session_->next());
    ASSERT_TRUE(session_->end()) << error;
    EXPECT_EQ(session_->maybe_delivered(), maybe) << error;
  }
}

}  // namespace
}  // namespace remaphore
