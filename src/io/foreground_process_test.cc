#include "io/foreground_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "io/boot_clock.h"
#include "support/recording_log.h"
#include "support/signal_sandbox.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The guard is this program, started again.
__attribute__((constructor)) void be_a_guard(int count, char** arguments, char**) {
  if (is_command_guard(count, arguments)) run_command_guard();
}

// Wakes the loop whenever a file is made in the folder.
class FolderWatch : public EventSource {
 public:
  explicit FolderWatch(const std::string& folder) : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(inotify_add_watch(fd_.get(), folder.c_str(), IN_CREATE), 0);
  }
  void prepare(PollSet& set) override { set.add(fd_.get(), POLLIN); }
  void dispatch(const PollSet&) override {
    char events[4096];
    while (read(fd_.get(), events, sizeof events) > 0) continue;
  }

 private:
  Descriptor fd_;
};

class ForegroundProcessTest : public testing::Test {
 protected:
  ForegroundProcessTest() {
    loop_.add(command_);
    loop_.add(made_);
  }

  static Command shell(const std::string& script, std::vector<std::string> environment = {}) {
    return local_command({"/bin/sh", "-c", script}, std::move(environment));
  }
  ForegroundCommand::End await() {
    while (!command_.end()) loop_.wait(std::nullopt);
    return *command_.end();
  }
  ForegroundCommand::End run(const std::string& script, std::vector<std::string> environment = {}) {
    const auto started = command_.start(shell(script, std::move(environment)));
    EXPECT_TRUE(started) << started.error().reason;
    return await();
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string content(const std::string& name) const {
    std::ifstream file(path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // The guard: it leads the group that the command is in.
  pid_t guard_of(pid_t command) const { return getpgid(command); }
  static void stop(pid_t child) {
    kill(child, SIGSTOP);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(child), &info, WSTOPPED | WNOWAIT);
  }
  void await_file(const std::string& name) {
    while (access(path(name).c_str(), F_OK) != 0) loop_.wait(std::nullopt);
  }
  // Whether the process has ended, or does within ten seconds.
  static bool ends(pid_t pid) {
    const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    pollfd poll_set{process.get(), POLLIN, 0};
    return process ? poll(&poll_set, 1, 10'000) == 1 : errno == ESRCH;
  }

  test::TestFolder folder_;
  FolderWatch made_{folder_.path("")};
  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  test::RecordingLog log_;
  ForegroundProcess command_{signals_, std::move(*CommandGuard::start()), log_};
};

TEST_F(ForegroundProcessTest, ReportsHowItEnded) {
  const auto end = run("exit 42");
  EXPECT_EQ(end.exit_status, 42);
  EXPECT_EQ(end.signal, 0);
  EXPECT_FALSE(command_.is_running());
}

TEST_F(ForegroundProcessTest, ReportsTheSignalThatEndedIt) {
  const auto end = run("kill -USR1 $$");
  EXPECT_EQ(end.exit_status, 128 + SIGUSR1);
  EXPECT_EQ(end.signal, SIGUSR1);
  EXPECT_FALSE(end.from_terminal);
}

TEST_F(ForegroundProcessTest, ReportsWhyItCannotBeStarted) {
  const auto started = command_.start(local_command({"/nonexistent/program"}));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().exit_status, 127);
  EXPECT_FALSE(command_.is_running());
}

TEST_F(ForegroundProcessTest, IsInOurSessionAndInAGroupOfItsOwn) {
  run("ps -o sid=,pgid= -p $$ >" + path("ids"));
  std::istringstream ids(content("ids"));
  pid_t session = 0, group = 0;
  ids >> session >> group;
  EXPECT_EQ(session, getsid(0));
  EXPECT_NE(group, getpgrp());
}

TEST_F(ForegroundProcessTest, HasOurStandardInputAndOutput) {
  run("readlink /proc/$$/fd/0 /proc/$PPID/fd/0 | uniq | wc -l >" + path("links") +
      "; [ /proc/$$/fd/2 -ef /proc/$PPID/fd/2 ] && echo same >>" + path("links"));
  EXPECT_EQ(content("links"), "1\nsame\n");
}

TEST_F(ForegroundProcessTest, KeepsOurEnvironmentAndAddsItsOwn) {
  setenv("REMAPHORE_MSG", "kept", 1);
  setenv("REMAPHORE_FENCE", "replaced", 1);
  setenv("REMAPHORE_FENCE_POST", "another", 1);
  run("env | grep ^REMAPHORE | sort >" + path("env"), {"REMAPHORE_FENCE=7", "REMAPHORE_LOCK=nightly"});
  for (const char* name : {"REMAPHORE_MSG", "REMAPHORE_FENCE", "REMAPHORE_FENCE_POST"}) unsetenv(name);
  EXPECT_EQ(content("env"),
            "REMAPHORE_FENCE=7\nREMAPHORE_FENCE_POST=another\nREMAPHORE_LOCK=nightly\nREMAPHORE_MSG=kept\n");
}

TEST_F(ForegroundProcessTest, GetsTheDescriptorsOfOurCallerAndNoneOfOurs) {
  const Descriptor inherited(open("/dev/null", O_RDONLY));
  std::string expected;
  for (int fd = STDERR_FILENO + 1; fd < 1000; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) expected += std::to_string(fd) + "\n";
  }
  run("exec >" + path("descriptors") +
      "; f=3; while [ $f -lt 1000 ]; do [ ! -e /proc/$$/fd/$f ] || echo $f; f=$((f + 1)); done");
  EXPECT_EQ(content("descriptors"), expected);
}

TEST_F(ForegroundProcessTest, StartsWithNoSignalBlocked) {
  run("while read name value; do [ $name != SigBlk: ] || echo $value; done </proc/$$/status >" + path("blocked"));
  EXPECT_EQ(content("blocked"), "0000000000000000\n");
}

TEST_F(ForegroundProcessTest, GetsTheSignalsThatAskUsToEnd) {
  for (const int signal : kStopSignals) {
    SCOPED_TRACE(signal);
    test::TestFolder folder;
    ForegroundProcess command(signals_, std::move(*CommandGuard::start()), log_);
    EventLoop loop(signals_);
    FolderWatch made(folder.path(""));
    loop.add(command);
    loop.add(made);
    const std::string up = folder.path("up");
    ASSERT_TRUE(command.start(shell("trap 'exit 7' TERM INT HUP QUIT; >" + up + "; while :; do sleep 0.01; done")));
    while (access(up.c_str(), F_OK) != 0) loop.wait(std::nullopt);
    kill(getpid(), signal);
    while (!command.end()) loop.wait(std::nullopt);
    EXPECT_EQ(command.end()->exit_status, 7);
  }
}

TEST_F(ForegroundProcessTest, IsTerminatedWithItsWholeGroup) {
  ASSERT_TRUE(
      command_.start(shell("(trap '' TERM; echo $$ >" + path("x") + "; exec sleep 100) & echo $! >" + path("child") +
                           "; while [ ! -s " + path("x") + " ]; do sleep 0.01; done; >" + path("up") + "; sleep 100")));
  await_file("up");
  command_.terminate(boot_now() + seconds(60));
  EXPECT_EQ(await().signal, SIGTERM);
  EXPECT_TRUE(ends(std::stoi(content("child"))));
}

TEST_F(ForegroundProcessTest, IsKilledAtTheDeadlineIfItDoesNotEnd) {
  ASSERT_TRUE(command_.start(shell("trap '' TERM; >" + path("up") + "; while :; do sleep 0.01; done")));
  await_file("up");
  const BootTime began = boot_now();
  command_.terminate(began + milliseconds(200));
  EXPECT_EQ(await().signal, SIGKILL);
  EXPECT_GE(boot_now() - began, milliseconds(200));
}

TEST_F(ForegroundProcessTest, IsEndedAlsoWhenItIsStopped) {
  ASSERT_TRUE(command_.start(shell("echo $$ >" + path("pid") + "; >" + path("up") + "; sleep 100")));
  await_file("up");
  kill(std::stoi(content("pid")), SIGSTOP);
  command_.terminate(boot_now() + seconds(60));
  EXPECT_EQ(await().signal, SIGTERM);
}

TEST_F(ForegroundProcessTest, DoesNotKillBackgroundProcessesOfACommandThatEnded) {
  run("sleep 100 & echo $! >" + path("child"));
  const pid_t child = std::stoi(content("child"));
  EXPECT_EQ(kill(child, 0), 0);
  kill(child, SIGKILL);
}

TEST_F(ForegroundProcessTest, ReportsThatItsGuardHasEndedIt) {
  ASSERT_TRUE(command_.start(shell(">" + path("up") + "; while :; do sleep 0.01; done")));
  await_file("up");
  command_.guard(boot_now() + milliseconds(100), boot_now() + seconds(60));
  EXPECT_EQ(await().signal, SIGTERM);
  EXPECT_TRUE(command_.end()->by_guard);
}

TEST_F(ForegroundProcessTest, NothingOfItIsLeftWhenItsGuardHasEndedIt) {
  ASSERT_TRUE(
      command_.start(shell("(trap '' TERM; echo $$ >" + path("x") + "; exec sleep 100) & echo $! >" + path("child") +
                           "; while [ ! -s " + path("x") + " ]; do sleep 0.01; done; >" + path("up") + "; sleep 100")));
  await_file("up");
  command_.guard(boot_now() + milliseconds(100), boot_now() + seconds(60));
  EXPECT_EQ(await().signal, SIGTERM);
  EXPECT_TRUE(command_.end()->by_guard);
  EXPECT_TRUE(ends(std::stoi(content("child"))));
}

TEST_F(ForegroundProcessTest, AGuardThatWasStoppedFollowsItsLastOrdersOnly) {
  ASSERT_TRUE(command_.start(
      shell("trap 'exit 7' TERM; echo $$ >" + path("pid") + "; >" + path("up") + "; while :; do sleep 0.01; done")));
  await_file("up");
  const pid_t guard = guard_of(std::stoi(content("pid")));
  stop(guard);
  constexpr int kMoreThanAPipeHolds = 5000;
  for (int i = kMoreThanAPipeHolds; i > 0; --i)
    command_.guard(boot_now() - milliseconds(i), boot_now() - milliseconds(i));
  command_.guard(boot_now() + milliseconds(100), boot_now() + seconds(60));
  kill(guard, SIGCONT);
  EXPECT_EQ(await().exit_status, 7);
}

TEST_F(ForegroundProcessTest, IsEndedWithTheGroupThatItMadeForItself) {
  ASSERT_TRUE(command_.start(shell("exec setsid sh -c '(trap \"\" TERM; echo $$ >" + path("x") +
                                   "; exec sleep 100) & echo $! >" + path("child") + "; while [ ! -s " + path("x") +
                                   " ]; do sleep 0.01; done; >" + path("up") + "; sleep 100'")));
  await_file("up");
  command_.terminate(boot_now() + seconds(60));
  EXPECT_EQ(await().signal, SIGTERM);
  EXPECT_TRUE(ends(std::stoi(content("child"))));
}

// The fate of the command when we cannot end it: a child process plays our role.
class CommandGuardTest : public ForegroundProcessTest {
 protected:
  // Runs `script` in a process of its own; returns it once the script has made the file `up` and its guard knows the
  // times, which count from then.
  pid_t play(const std::string& script, Duration term_in, Duration kill_in) {
    const pid_t us = fork();
    if (us == 0) {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      Signals signals;
      EventLoop loop(signals);
      auto guard = CommandGuard::start();
      before_start_(*guard);
      ForegroundProcess command(signals, std::move(*guard), log_);
      FolderWatch made(folder_.path(""));
      loop.add(command);
      loop.add(made);
      if (!command.start(shell(script))) _exit(1);
      while (access(path("up").c_str(), F_OK) != 0) loop.wait(std::nullopt);
      command.guard(boot_now() + term_in, boot_now() + kill_in);
      std::ofstream(path("guarded")).close();
      while (log_.lines.empty()) loop.wait(std::nullopt);
      std::ofstream(path("again")) << log_.text() << std::flush;
      while (true) loop.wait(std::nullopt);
    }
    await_file("guarded");
    return us;
  }
  std::string script(const std::string& before) const {
    return before + "; echo $$ >" + path("pid") + "; >" + path("up") + "; while :; do sleep 0.01; done";
  }
  pid_t command_pid() const { return std::stoi(content("pid")); }

  std::function<void(CommandGuard&)> before_start_ = [](CommandGuard&) {};
};

TEST_F(CommandGuardTest, EndsTheCommandWhenWeAreKilled) {
  const pid_t us = play(script("trap 'echo asked >>" + path("asked") + "; exit' TERM"), seconds(60), seconds(60));
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(command_pid()));
  EXPECT_EQ(content("asked"), "asked\n");
}

TEST_F(CommandGuardTest, KillsItsWholeGroupWhenWeAreKilledAndItDoesNotEnd) {
  const pid_t us = play(script("trap '' TERM; sleep 100 & echo $! >" + path("child")), seconds(60), milliseconds(300));
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(command_pid()));
  EXPECT_TRUE(ends(std::stoi(content("child"))));
}

TEST_F(CommandGuardTest, EndsTheCommandInTimeWhenWeAreStopped) {
  const pid_t us = play(script("trap '' TERM"), milliseconds(200), milliseconds(400));
  kill(us, SIGSTOP);
  EXPECT_TRUE(ends(command_pid()));
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
}

TEST_F(CommandGuardTest, KillsTheGroupThatTheCommandMadeForItself) {
  const pid_t us = play("exec setsid sh -c 'trap \"\" TERM; sleep 100 & echo $! >" + path("child") + "; echo $$ >" +
                            path("pid") + "; >" + path("up") + "; while :; do sleep 0.01; done'",
                        milliseconds(200), milliseconds(400));
  kill(us, SIGSTOP);
  EXPECT_TRUE(ends(command_pid()));
  EXPECT_TRUE(ends(std::stoi(content("child"))));
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
}

TEST_F(CommandGuardTest, ThatWasKilledIsStartedAgain) {
  const pid_t us = play(script("trap '' TERM; sleep 100 & echo $! >" + path("child")), seconds(60), milliseconds(300));
  const pid_t group = getpgid(command_pid());
  kill(group, SIGKILL);
  EXPECT_TRUE(ends(group));
  await_file("again");
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(command_pid()));
  EXPECT_TRUE(ends(std::stoi(content("child"))));
}

TEST_F(CommandGuardTest, ThatWasKilledBeforeTheCommandStartedIsStartedAgain) {
  before_start_ = [](const CommandGuard& guard) {
    kill(guard.group(), SIGKILL);
    ends(guard.group());
  };
  const pid_t us = play(script("trap '' TERM"), seconds(60), milliseconds(300));
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(command_pid()));
}

TEST_F(CommandGuardTest, EndsWithUsIfThereIsNoCommand) {
  const pid_t us = fork();
  if (us == 0) {
    const auto guard = CommandGuard::start();
    std::ofstream(path("pid")) << guard->group() << std::endl;
    std::ofstream(path("up")).close();
    while (true) pause();
  }
  await_file("up");
  kill(us, SIGKILL);
  waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(command_pid()));
}

}  // namespace
}  // namespace remaphore
