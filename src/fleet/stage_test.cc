#include "fleet/stage.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet/hub.h"
#include "fleet/port_owner.h"

namespace remaphore::fleet {
namespace {

std::chrono::steady_clock::time_point in(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

TEST(Stage, HandsOverOutputAndStatus) {
  Signals signals;
  Stage stage(signals, in(10'000));
  const Result<Actor*> actor = stage.start("a", {"/bin/sh", "-c", "pwd; echo said >&2; exit 7"}, "/");
  ASSERT_TRUE(actor);
  ASSERT_TRUE(stage.wait([&] { return (*actor)->done(); }, "the end"));
  EXPECT_EQ((*actor)->out.text(), "/\n");
  EXPECT_EQ((*actor)->err.text(), "said\n");
  EXPECT_EQ((*actor)->process.status(), 7);
}

TEST(Stage, EndsAWholeGroup) {
  Signals signals;
  Stage stage(signals, in(10'000));
  const Result<Actor*> actor = stage.start("a", {"/bin/sh", "-c", "sleep 1000 & echo started"}, "/");
  ASSERT_TRUE(actor);
  ASSERT_TRUE(stage.wait([&] { return (*actor)->out.has("started") && (*actor)->process.status() == 0; }, "the shell"));
  EXPECT_FALSE((*actor)->done());  // the child holds the pipe
  (*actor)->process.stop();
  EXPECT_TRUE(stage.wait([&] { return (*actor)->out.ended(); }, "the child's end"));
}

TEST(Stage, SaysWhichSignalEndedAProgram) {
  Signals signals;
  Stage stage(signals, in(10'000));
  const Result<Actor*> actor = stage.start("a", {"/bin/sh", "-c", "kill -9 $$"}, "/");
  ASSERT_TRUE(actor);
  ASSERT_TRUE(stage.wait([&] { return (*actor)->done(); }, "the end"));
  EXPECT_EQ((*actor)->process.status(), 128 + 9);
}

TEST(Stage, NamesWhatItWaitedForTooLong) {
  Signals signals;
  Stage stage(signals, in(20));
  ASSERT_TRUE(stage.start("a", {"/bin/sleep", "1000"}, "/"));
  EXPECT_EQ(stage.wait([] { return false; }, "the moon").error().message, "waited too long for the moon");
}

TEST(Stage, EndsItsWaitAtASignal) {
  Signals signals;
  Stage stage(signals, in(10'000));
  ASSERT_EQ(::raise(SIGTERM), 0);
  EXPECT_FALSE(stage.wait([] { return false; }, "the moon"));
  EXPECT_EQ(signals.stop_signal(), SIGTERM);
}

TEST(Stage, ReportsAProgramThatIsNotThere) {
  Signals signals;
  Stage stage(signals, in(10'000));
  const Result<Actor*> actor = stage.start("a", {"/no/such/program"}, "/");
  ASSERT_FALSE(actor);
  EXPECT_EQ(actor.error().message, "cannot run /no/such/program: No such file or directory");
}

TEST(Program, IsFoundInThePathOrSbin) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_FALSE(find_program("no-such-program-anywhere"));
}

TEST(Hub, NamesWhoTookItsPort) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listening, raw, size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, raw, &size), 0);
  const std::uint16_t port = ntohs(address.sin_port);

  const std::optional<PortOwner> owner = find_port_owner(port);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->process, ::getpid());
  EXPECT_FALSE(owner->program.empty());
  EXPECT_EQ(check_port_free({"127.0.0.1", port, false, {}, {}}).error().message,
            "127.0.0.1:" + std::to_string(port) + " is taken by " + owner->text());
  EXPECT_FALSE(check_port_free({"0.0.0.0", port, false, {}, {}}));
  ::close(listening);
  EXPECT_TRUE(check_port_free({"127.0.0.1", port, false, {}, {}}));
  EXPECT_FALSE(find_port_owner(port));
}

TEST(Hub, ReadsItsListenLine) {
  EXPECT_EQ(read_listen_line("# x\n listen: \"[::1]:5222\"\nother\n")->display(), "[::1]:5222");
  EXPECT_EQ(read_listen_line("listen: 10.0.0.5:5222")->display(), "10.0.0.5:5222");
  EXPECT_FALSE(read_listen_line("port: 4222\n"));
}

}  // namespace
}  // namespace remaphore::fleet
