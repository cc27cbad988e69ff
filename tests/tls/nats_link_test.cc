// How a link treats TLS's own records.

#include "io/nats_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <fstream>

#include "io/event_loop.h"
#include "io/signals.h"
#include "io/system_clock.h"
#include "memory_server.h"
#include "support/signal_sandbox.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

class Wait : public EventSource {
 public:
  explicit Wait(NatsLink& link) : link_(link) {}
  void prepare(PollSet& set) override { link_.prepare(set); }
  void dispatch(const PollSet& set) override { link_.dispatch(set); }

 private:
  NatsLink& link_;
};

class NatsLinkTest : public testing::Test {
 protected:
  NatsLinkTest() : server_(authority_, TLS1_3_VERSION), link_(make_link()), wait_(link_), loop_(signals_) {
    loop_.add(wait_);
    std::ofstream(folder_.path("ca.pem")) << authority_.certificate_pem();
    EXPECT_TRUE(link_.start_tls("localhost", {folder_.path("ca.pem"), "", ""}));
    for (int turn = 0; turn < 20 && (link_.shakes_hands() || !SSL_is_init_finished(server_.session())); ++turn) {
      if (link_.shakes_hands()) link_.shake_hands();
      std::array<char, 4096> piece;
      const ssize_t size = recv(theirs_.get(), piece.data(), piece.size(), 0);
      if (size > 0) server_.hear(std::string(piece.data(), static_cast<std::size_t>(size)));
      SSL_do_handshake(server_.session());
      say(server_.said());
    }
    EXPECT_TRUE(link_.encrypted());
    while (has_next()) continue;  // session tickets
  }

  void say(const std::string& bytes) { send(theirs_.get(), bytes.data(), bytes.size(), 0); }
  void say_key_update() {
    SSL_key_update(server_.session(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(server_.session());
    say(server_.said());
  }
  bool has_next() {
    loop_.wait(std::chrono::steady_clock::now());
    const auto op = link_.next();
    EXPECT_TRUE(op);
    return op->has_value();
  }

  test::SignalSandbox sandbox_;
  test::TestFolder folder_;
  test::Authority authority_;
  test::MemoryServer server_;
  SystemClock clock_;
  Descriptor theirs_;
  NatsLink link_;
  Wait wait_;
  Signals signals_;
  EventLoop loop_;

 private:
  NatsLink make_link() {
    std::array<int, 2> pair{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
    theirs_.reset(pair[1]);
    return NatsLink(Descriptor(pair[0]), false, clock_);
  }
};

TEST_F(NatsLinkTest, DoesNotTakeKeyUpdatesForASignOfLife) {
  say_key_update();
  EXPECT_FALSE(has_next());
  const MonotonicTime heard = link_.heard_at();
  for (int i = 0; i < 3; ++i) {
    say_key_update();
    loop_.wait(std::chrono::steady_clock::now());
    EXPECT_FALSE(link_.has_unread()) << "the keep-alive goes by this";
    EXPECT_FALSE(has_next());
  }
  EXPECT_EQ(link_.heard_at(), heard);
}

TEST_F(NatsLinkTest, ReadsWhatFollowsKeyUpdates) {
  for (int i = 0; i < 3; ++i) say_key_update();
  SSL_write(server_.session(), "PING\r\n", 6);
  say(server_.said());
  bool came = false;
  for (int turn = 0; turn < 10 && !came; ++turn) came = has_next();
  EXPECT_TRUE(came);
}

}  // namespace
}  // namespace remaphore
