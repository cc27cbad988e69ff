#include "io/dialer.h"

#include <arpa/inet.h>
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
#include "support/slow_names.h"

namespace remaphore {
namespace {

// On loopback, on a port of its own unless given one.
class Listener {
 public:
  explicit Listener(int backlog, const char* host = "127.0.0.1", std::uint16_t port = 0)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET, host, &address.sin_addr), 1);
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
  std::uint16_t port() const { return port_; }
  Descriptor accept() { return Descriptor(::accept(socket_.get(), nullptr, nullptr)); }
  void close() { socket_.reset(); }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

Resolver::LookUp asks(const test::SlowNames& names) {
  return [names](const std::string&) {
    Resolver::Found found;
    for (const std::string& literal : names.ask()) found.addresses.push_back(*SocketAddress::parse(literal));
    return found;
  };
}

// Waits as the process does.
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

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DialerTest, GivesAConnectedSocketThatDoesNotBlock) {
  Listener listener(1);
  const SystemClock clock;
  const nats::ServerList servers({listener.address()}, 1);
  Lookups lookups;
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnGreeting, lookups, clock);
  const Descriptor accepted = listener.accept();
  ASSERT_EQ(write(accepted.get(), "INFO", 4), 4);
  Wait(dialer).until_done();
  auto connected = dialer.take();
  ASSERT_TRUE(connected) << connected.error().message;
  EXPECT_TRUE(dialer.has_greeting());
  EXPECT_FALSE(dialer.has_more());
  EXPECT_EQ(dialer.where(), listener.address().display());
  char text[8];
  EXPECT_EQ(recv(connected->get(), text, sizeof text, 0), 4);
  EXPECT_EQ(recv(connected->get(), text, sizeof text, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(DialerTest, AwaitsNoGreetingOfAServerThatDoesNotSpeakFirst) {
  const Listener listener(1);
  const SystemClock clock;
  const nats::ServerList servers({listener.address()}, 1);
  Lookups lookups;
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnConnection, lookups, clock);
  Wait(dialer).until_done();
  EXPECT_TRUE(dialer.take());
  EXPECT_FALSE(dialer.has_greeting());
}

TEST(DialerTest, NamesTheServerThatRefuses) {
  Listener listener(1);
  listener.close();
  const SystemClock clock;
  const nats::ServerList servers({listener.address()}, 1);
  Lookups lookups;
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnGreeting, lookups, clock);
  Wait(dialer).until_done();
  const auto refused = dialer.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConnection);
  EXPECT_EQ(refused.error().message, "cannot connect to " + listener.address().display() + ": Connection refused");
}

// Its descriptors are not looked at here: to the dialer they are silent.
TEST(DialerTest, EndsAtItsDeadline) {
  const Listener listener(1);
  test::FakeClock clock;
  const nats::ServerList servers({listener.address()}, 1);
  Lookups lookups;
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnGreeting, lookups, clock);
  clock.advance(milliseconds(1999));
  dialer.dispatch(PollSet{});
  EXPECT_FALSE(dialer.done());
  clock.advance(milliseconds(1));
  dialer.dispatch(PollSet{});
  ASSERT_TRUE(dialer.done());
  EXPECT_EQ(dialer.take().error().message, listener.address().display() + " does not answer");
}

// localhost has two, and nobody listens on the second: an error of its own, after half of the time.
TEST(DialerTest, GivesEachAddressItsShareOfTheTime) {
  const Listener listener(1);
  test::FakeClock clock;
  const nats::ServerList servers({listener.address("localhost")}, 1);
  Lookups lookups;
  Dialer dialer(servers, seconds(2), Dialer::Wake::kOnGreeting, lookups, clock);
  clock.advance(milliseconds(979));
  dialer.dispatch(PollSet{});
  EXPECT_FALSE(dialer.done());
  clock.advance(milliseconds(1));
  dialer.dispatch(PollSet{});
  Wait(dialer).until_done();
  const auto refused = dialer.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("does not answer"), std::string::npos) << refused.error().message;
}

TEST(DialerTest, GoesOnWithTheNextAddressWhenOneIsOfNoUse) {
  Listener first(1, "127.0.0.2");
  Listener second(1, "127.0.0.4", first.port());  // and nobody on 127.0.0.3
  const SystemClock clock;
  const nats::ServerList servers({first.address("hub.example")}, 1);
  test::SlowNames names;
  names.answer({"127.0.0.2", "127.0.0.3", "127.0.0.4"});
  Lookups lookups(asks(names));
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnConnection, lookups, clock);
  Wait(dialer).until_done();
  EXPECT_TRUE(dialer.take());
  EXPECT_EQ(dialer.where(), first.address("hub.example").display() + " (127.0.0.2)");
  ASSERT_TRUE(dialer.has_more());
  dialer.next();
  Wait(dialer).until_done();
  EXPECT_TRUE(dialer.take());
  EXPECT_EQ(dialer.where(), first.address("hub.example").display() + " (127.0.0.4)");
  EXPECT_FALSE(dialer.has_more());
  EXPECT_EQ(names.questions(), 1);
}

TEST(DialerTest, LeavesASlowLookUpToTheNextTry) {
  Listener listener(1);
  test::FakeClock clock;
  const nats::ServerList servers({listener.address("hub.example")}, 1);
  test::SlowNames names;
  Lookups lookups(asks(names));
  {
    Dialer dialer(servers, Duration(0), Dialer::Wake::kOnConnection, lookups, clock);
    clock.advance(seconds(2));
    dialer.dispatch(PollSet{});
    ASSERT_TRUE(dialer.done());
    EXPECT_EQ(dialer.take().error().message, "cannot look up \"hub.example\" yet: the name servers are slow to answer");
    EXPECT_FALSE(dialer.has_more());
  }
  const SystemClock real;
  Dialer dialer(servers, Duration(0), Dialer::Wake::kOnConnection, lookups, real);
  EXPECT_FALSE(dialer.done());
  names.answer({"127.0.0.1"});
  Wait(dialer).until_done();
  EXPECT_TRUE(dialer.take());
  EXPECT_EQ(names.questions(), 1);
}

}  // namespace
}  // namespace remaphore
