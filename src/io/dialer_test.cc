#include "io/dialer.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "io/signals.h"
#include "io/system_clock.h"
#include "support/fake_clock.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

// On a port of its own on loopback.
class Listener {
 public:
  explicit Listener(int backlog) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), backlog), 0);
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ServerAddress address(std::string host = "127.0.0.1") const {
    ServerAddress address;
    address.host = std::move(host);
    address.port = port_;
    return address;
  }
  Descriptor accept() { return Descriptor(::accept(socket_.get(), nullptr, nullptr)); }
  void close() { socket_.reset(); }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

// As the process waits.
class Wait : public EventSource {
 public:
  explicit Wait(Dialer& dialer) : dialer_(dialer) {}
  void prepare(PollSet& set) override { dialer_.prepare(set); }
  void dispatch(const PollSet& set) override { dialer_.dispatch(set); }

  void until_done() {
    const test::SignalSandbox sandbox;
    Signals signals;
    EventLoop loop(signals);
    loop.add(*this);
    while (!dialer_.done()) loop.wait(std::nullopt);
  }

 private:
  Dialer& dialer_;
};

TEST(Dialer, GivesAConnectedSocketThatDoesNotBlock) {
  Listener listener(1);
  const SystemClock clock;
  Dialer dialer(listener.address(), clock.monotonic() + std::chrono::seconds(20), clock);
  const Descriptor accepted = listener.accept();
  ASSERT_EQ(write(accepted.get(), "INFO", 4), 4);
  Wait(dialer).until_done();
  auto connected = dialer.take();
  ASSERT_TRUE(connected) << connected.error().message;
  EXPECT_TRUE(dialer.has_greeting());
  char text[8];
  EXPECT_EQ(recv(connected->get(), text, sizeof text, 0), 4);
  EXPECT_EQ(recv(connected->get(), text, sizeof text, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(Dialer, NamesTheServerThatRefuses) {
  Listener listener(1);
  listener.close();
  const SystemClock clock;
  Dialer dialer(listener.address(), clock.monotonic() + std::chrono::seconds(20), clock);
  Wait(dialer).until_done();
  const auto refused = dialer.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConnection);
  EXPECT_EQ(refused.error().message, "cannot connect to " + listener.address().display() + ": Connection refused");
}

// Its descriptors are not looked at here: to the dialer they are silent.
TEST(Dialer, EndsAtItsDeadline) {
  const Listener listener(1);
  test::FakeClock clock;
  Dialer dialer(listener.address(), clock.monotonic() + std::chrono::seconds(2), clock);
  clock.advance(std::chrono::milliseconds(1999));
  dialer.dispatch(PollSet{});
  EXPECT_FALSE(dialer.done());
  clock.advance(std::chrono::milliseconds(1));
  dialer.dispatch(PollSet{});
  ASSERT_TRUE(dialer.done());
  EXPECT_EQ(dialer.take().error().message, listener.address().display() + " does not answer");
}

// localhost has two, and nobody listens on the second: an error of its own, after half of the time.
TEST(Dialer, GivesEachAddressItsShareOfTheTime) {
  const Listener listener(1);
  test::FakeClock clock;
  Dialer dialer(listener.address("localhost"), clock.monotonic() + std::chrono::seconds(8), clock);
  clock.advance(std::chrono::milliseconds(3999));
  dialer.dispatch(PollSet{});
  EXPECT_FALSE(dialer.done());
  clock.advance(std::chrono::milliseconds(1));
  dialer.dispatch(PollSet{});
  Wait(dialer).until_done();
  const auto refused = dialer.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("does not answer"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace remaphore
