#include "io/service_notifier.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstring>
#include <vector>

#include "io/signals.h"
#include "support/recording_log.h"
#include "support/signal_sandbox.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

using Phase = ServiceState::Phase;
using std::chrono::milliseconds;

// Plays the service manager.
class ServiceNotifierTest : public testing::Test {
 protected:
  ~ServiceNotifierTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
    close_manager();
  }
  void listen_at(const std::string& name) {
    manager_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(bind(manager_, reinterpret_cast<const sockaddr*>(&address), size), 0) << std::strerror(errno);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  void close_manager() {
    if (manager_ >= 0) close(manager_);
    manager_ = -1;
  }
  std::string told(int patience_ms = 0) const {
    pollfd in{manager_, POLLIN, 0};
    if (poll(&in, 1, patience_ms) != 1) return "nothing";
    char buffer[4096];
    const ssize_t got = recv(manager_, buffer, sizeof buffer, 0);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  std::unique_ptr<ServiceNotifier> begin() { return ServiceNotifier::from_environment(log_); }

  test::SignalSandbox sandbox_;
  test::TestFolder folder_;
  test::RecordingLog log_;
  int manager_ = -1;
};

TEST_F(ServiceNotifierTest, DoesNothingWithoutAServiceManager) {
  EXPECT_EQ(begin(), nullptr);
  setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_EQ(begin(), nullptr);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(ServiceNotifierTest, ReportsTheLifeOfAListener) {
  listen_at(folder_.path("notify"));
  const auto notifier = begin();
  ASSERT_NE(notifier, nullptr);
  notifier->update({Phase::kConnecting, "refused", 0, 0});
  EXPECT_EQ(told(), "STATUS=connecting (refused); 0 messages handled, 0 refused\n");
  notifier->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_EQ(told(), "STATUS=listening; 0 messages handled, 0 refused\nREADY=1\n");
  notifier->update({Phase::kCutOff, "cable", 3, 1});
  EXPECT_EQ(told(), "STATUS=no connection (cable); 3 messages handled, 1 refused\n");
  notifier->update({Phase::kSubscribed, "", 3, 1});
  EXPECT_EQ(told(), "STATUS=listening; 3 messages handled, 1 refused\n") << "ready is said once";
  notifier->update({Phase::kStopping, "", 4, 1});
  EXPECT_EQ(told(), "STATUS=stopping; 4 messages handled, 1 refused\nSTOPPING=1\n");
}

TEST_F(ServiceNotifierTest, SpeaksToANameWithoutAFile) {
  listen_at("@remaphore-test-" + std::to_string(getpid()));
  const auto notifier = begin();
  notifier->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_NE(told().find("READY=1\n"), std::string::npos);
}

TEST_F(ServiceNotifierTest, TakesTheVariablesOutOfTheEnvironment) {
  listen_at(folder_.path("notify"));
  setenv("WATCHDOG_USEC", "1000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  begin();
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) EXPECT_EQ(getenv(name), nullptr) << name;
}

TEST_F(ServiceNotifierTest, SendsCountsAtMostOnceASecond) {
  listen_at(folder_.path("notify"));
  const auto notifier = begin();
  Signals signals;
  EventLoop loop(signals);
  loop.add(*notifier);
  notifier->update({Phase::kSubscribed, "", 0, 0});
  told();
  const MonotonicTime start = std::chrono::steady_clock::now();
  for (std::uint64_t n = 1; n <= 100; ++n) {
    notifier->update({Phase::kSubscribed, "", n, 0});
    loop.wait(start);
  }
  EXPECT_EQ(told(), "nothing");
  loop.wait(start + std::chrono::seconds(30));  // ends when they are due
  loop.wait(start);
  EXPECT_EQ(told(), "STATUS=listening; 100 messages handled, 0 refused\n");
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(990));
  EXPECT_EQ(told(), "nothing");
}

TEST_F(ServiceNotifierTest, TheLoopTellsTheWatchdogThatItTurns) {
  listen_at(folder_.path("notify"));
  setenv("WATCHDOG_USEC", "60000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  const auto notifier = begin();
  Signals signals;
  EventLoop loop(signals);
  loop.add(*notifier);
  notifier->update({Phase::kSubscribed, "", 0, 0});
  told();
  EXPECT_EQ(told(100), "nothing") << "nothing is told by a loop that hangs";
  const MonotonicTime start = std::chrono::steady_clock::now();
  for (int n = 0; n < 3; ++n) {
    loop.wait(start + std::chrono::seconds(30));
    EXPECT_EQ(told(), "WATCHDOG=1\n");
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(60));
}

TEST_F(ServiceNotifierTest, AWatchdogOfAnotherProcessIsNotOurs) {
  listen_at(folder_.path("notify"));
  setenv("WATCHDOG_USEC", "20000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  const auto notifier = begin();
  Signals signals;
  EventLoop loop(signals);
  loop.add(*notifier);
  notifier->update({Phase::kSubscribed, "", 0, 0});
  told();
  loop.wait(std::chrono::steady_clock::now() + milliseconds(60));
  EXPECT_EQ(told(), "nothing");
}

TEST_F(ServiceNotifierTest, SendsReadinessLaterWhenTheQueueIsFull) {
  listen_at(folder_.path("notify"));
  const auto notifier = begin();
  Signals signals;
  EventLoop loop(signals);
  loop.add(*notifier);
  for (std::uint64_t n = 0; n < 1000; ++n) {  // each is sent at once, and the queue is shorter
    notifier->update({Phase::kConnecting, "reason " + std::to_string(n), 0, 0});
  }
  notifier->update({Phase::kSubscribed, "", 0, 0});
  std::string all, one;
  while ((one = told()) != "nothing") all += one;
  EXPECT_EQ(all.find("READY=1"), std::string::npos);
  for (int n = 0; n < 100 && all.find("READY=1") == std::string::npos; ++n) {
    loop.wait(std::chrono::steady_clock::now() + milliseconds(200));
    all += told();
  }
  EXPECT_NE(all.find("READY=1"), std::string::npos);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(ServiceNotifierTest, AManagerThatIsGoneIsMentionedOnce) {
  listen_at(folder_.path("notify"));
  const auto notifier = begin();
  close_manager();
  notifier->update({Phase::kSubscribed, "", 0, 0});
  notifier->update({Phase::kStopping, "", 0, 0});
  EXPECT_EQ(log_.count("error: cannot notify the service manager: Connection refused"), 1u) << log_.text();
  EXPECT_EQ(log_.lines.size(), 1u);
}

TEST_F(ServiceNotifierTest, ReportsANameThatIsNoAddress) {
  for (const std::string& name : {std::string("relative"), std::string("@"), "/" + std::string(200, 'x')}) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_EQ(begin(), nullptr);
  }
  EXPECT_EQ(log_.count("neither an absolute path nor @name"), 3u) << log_.text();
}

}  // namespace
}  // namespace remaphore
