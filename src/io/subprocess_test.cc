#include "io/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "io/descriptor.h"
#include "support/recording_log.h"
#include "support/signal_sandbox.h"
#include "support/test_folder.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class SubprocessTest : public testing::Test {
 protected:
  SubprocessTest() : peer_text_(test::public_text(2)), peers_({{"node2", peer_text_, VerbList("*"), 1}}) {
    loop_.add(scripts_);
  }

  VerifiedMessage message(const std::string& payload, const std::string& verb = "ping") const {
    Message one = test::message_saying(payload);
    one.verb = verb;
    const ReplayGuard guard(1);
    const Filter filter;
    auto screened = screen_message(test::signed_by(2, one), test::noon(), {peers_, filter, seconds(5), guard});
    return std::move(*verify_message(std::move(*screened)));
  }

  struct How {
    bool capture = true;
    std::size_t capture_limit = 1u << 20;
    bool payload_on_stdin = false;
    std::optional<Duration> timeout = std::nullopt;
    std::optional<std::string> destination = "node1";
  };
  Result<CommandId, StartFailure> start(const std::vector<std::string>& command, const VerifiedMessage& about,
                                        const How& how) {
    const auto made = command_for(about, command, how.destination,
                                  how.payload_on_stdin ? PayloadAs::kStandardInput : PayloadAs::kArgument);
    if (!made) return pass_on(made);
    const auto capture = how.capture ? std::optional(how.capture_limit) : std::nullopt;
    return scripts_.start(*made, {.capture = capture, .timeout = how.timeout});
  }
  // A script for /bin/sh, in which $1 is the verb and $2 the payload.
  static std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script, "sh"}; }

  CommandOutcome await() {
    while (true) {
      if (auto outcome = scripts_.next_outcome()) return std::move(*outcome);
      loop_.wait(std::nullopt);
    }
  }
  CommandOutcome run(const std::string& script, const std::string& payload = "payload") {
    return run(script, payload, {});
  }
  CommandOutcome run(const std::string& script, const std::string& payload, const How& how) {
    const auto started = start(shell(script), message(payload), how);
    EXPECT_TRUE(started) << started.error().reason;
    CommandOutcome outcome = await();
    EXPECT_EQ(outcome.id, *started);
    EXPECT_EQ(scripts_.running(), 0u);
    return outcome;
  }

  const std::string peer_text_;
  const Peers peers_;
  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  test::RecordingLog log_;
  Subprocess scripts_{signals_, log_};
};

TEST_F(SubprocessTest, HandsOverVerbAndPayloadAsArguments) {
  EXPECT_EQ(run("printf '<%s>' \"$@\"", "a 'b' \"$c\" *\n").output, "<ping><a 'b' \"$c\" *\n>");
  EXPECT_EQ(run("printf '<%s>' \"$@\"", "").output, "<ping><>");
}

TEST_F(SubprocessTest, PassesTheRestInTheEnvironment) {
  setenv("REMAPHORE_FAKE", "not ours", 1);
  setenv("REMAPHORE_VERB", "not ours", 1);
  const std::string output = run("env | grep ^REMAPHORE_ | sort").output;
  unsetenv("REMAPHORE_FAKE");
  unsetenv("REMAPHORE_VERB");
  EXPECT_EQ(output,
            "REMAPHORE_DESTMATCH=node1\nREMAPHORE_MSG=payload\nREMAPHORE_PEER=node2\nREMAPHORE_SENDER=" + peer_text_ +
                "\nREMAPHORE_TIME=1700000000\nREMAPHORE_UUID=7061796c6f6164\nREMAPHORE_VERB=ping\n");
  EXPECT_EQ(run("printf %s \"${REMAPHORE_DESTMATCH-none}\"", "x", {.destination = std::nullopt}).output, "none");
}

TEST_F(SubprocessTest, KeepsTheRestOfTheEnvironment) {
  setenv("SOME_OTHER", "value", 1);
  EXPECT_EQ(run("printf %s \"$SOME_OTHER\"").output, "value");
  unsetenv("SOME_OTHER");
}

TEST_F(SubprocessTest, ReportsTheExitStatusAsAShellWould) {
  EXPECT_EQ(run("exit 0").exit_status, 0);
  EXPECT_EQ(run("exit 42").exit_status, 42);
  EXPECT_EQ(run("kill -KILL $$").exit_status, 128 + SIGKILL);
  EXPECT_EQ(run("kill -TERM $$").exit_status, 128 + SIGTERM);
}

TEST_F(SubprocessTest, CapturesBothStreamsInOrder) {
  EXPECT_EQ(run("echo one; echo two >&2; echo three").output, "one\ntwo\nthree\n");
}

TEST_F(SubprocessTest, KeepsNoMoreOutputThanItsLimitAndCountsTheRest) {
  const CommandOutcome outcome = run("head -c 1000000 /dev/zero", "x", {.capture_limit = 1000});
  EXPECT_EQ(outcome.output, std::string(1000, '\0'));
  EXPECT_EQ(outcome.output_dropped, 999000u);
  EXPECT_EQ(outcome.exit_status, 0);  // it was read to the end, not broken off
}

TEST_F(SubprocessTest, ReadsFromNothing) { EXPECT_EQ(run("cat; readlink /proc/self/fd/0").output, "/dev/null\n"); }

TEST_F(SubprocessTest, HandsOverAPayloadOfAnySizeAndBytesOnStandardInput) {
  std::string payload(5u << 20, 'p');
  payload[0] = '\0';
  const CommandOutcome outcome = run("printf '%s %s ' $# \"${REMAPHORE_MSG-none}\"; cat", payload,
                                     {.capture_limit = 10u << 20, .payload_on_stdin = true});
  EXPECT_TRUE(outcome.output == "1 none " + payload);
  EXPECT_EQ(run("cat", "", {.payload_on_stdin = true}).output, "");
}

TEST_F(SubprocessTest, PassesOnTheDescriptorsOfOurCallerAndNoneOfOurs) {
  const Descriptor inherited(open("/dev/null", O_RDONLY)), ours(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::string expected;
  for (int fd = 0; fd < 300; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) expected += fmt::format("{}\n", fd);
  }
  EXPECT_EQ(run("n=0; while [ $n -lt 300 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n + 1)); done").output, expected);
  EXPECT_EQ(expected.find(fmt::format("\n{}\n", ours.get())), std::string::npos);
  EXPECT_NE(expected.find(fmt::format("{}\n", inherited.get())), std::string::npos);
}

TEST_F(SubprocessTest, LeavesNoSignalBlockedOrIgnored) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  ASSERT_EQ(sigismember(&mask, SIGTERM), 1);  // it is in us
  const std::string ignored = run("grep ^SigIgn /proc/self/status").output;
  // Signals 32 and 33 aside, which glibc keeps for itself: posix_spawn ignores them, the program's own glibc takes
  // them.
  EXPECT_EQ(std::stoull(ignored.substr(ignored.find('\t')), nullptr, 16) & ~(std::uint64_t{3} << 31), 0u) << ignored;
  EXPECT_EQ(run("kill -TERM $$; exit 0").exit_status, 128 + SIGTERM);
  EXPECT_EQ(run("kill -PIPE $$; exit 0").exit_status, 128 + SIGPIPE);
  EXPECT_EQ(run("kill -INT $$; exit 0").exit_status, 128 + SIGINT);
  EXPECT_EQ(run("kill -HUP $$; exit 0").exit_status, 128 + SIGHUP);
}

TEST_F(SubprocessTest, GivesEveryCommandASessionAndProcessGroupOfItsOwn) {
  // Fields of stat: pid, name, state, parent, group, session.
  EXPECT_EQ(
      run("read -r pid name state parent group session rest < /proc/$$/stat; echo $(($group - $$)) $(($session - $$))")
          .output,
      "0 0\n");
}

TEST_F(SubprocessTest, WaitsForTheLeaderAndNotForItsBackgroundChildren) {
  const auto before = std::chrono::steady_clock::now();
  const CommandOutcome outcome = run("sleep 30 & echo $!");
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(20));
  const pid_t left = static_cast<pid_t>(std::stol(outcome.output));
  EXPECT_EQ(kill(left, 0), 0);  // it lives on
  kill(left, SIGKILL);
}

TEST_F(SubprocessTest, DrainsWhatTheBackgroundGoesOnWriting) {
  test::TestFolder folder;
  const std::string go = folder.path("go"), done = folder.path("done");
  ASSERT_EQ(mkfifo(go.c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(done.c_str(), 0600), 0);
  const Descriptor end(open(done.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const CommandOutcome outcome =
      run("cd \"$2\"; (read -r x < go; head -c 1000000 /dev/zero && echo all > done) & echo begun", folder.path(""));
  EXPECT_EQ(outcome.output, "begun\n");
  std::ofstream(go) << "\n";
  char read_back[8] = {};
  const auto until = std::chrono::steady_clock::now() + seconds(30);
  while (read(end.get(), read_back, sizeof read_back) <= 0 && std::chrono::steady_clock::now() < until) {
    loop_.wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  }
  EXPECT_STREQ(read_back, "all\n");
}

TEST_F(SubprocessTest, ReadsWhatIsInThePipeWhenTheLeaderExits) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run("head -c 60000 /dev/zero").output.size(), 60000u);
}

TEST_F(SubprocessTest, RunsSeveralAtATime) {
  test::TestFolder folder;
  const std::string fifo = folder.path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // Either needs the other: one after the other they would never end.
  const auto reader = start(shell("cat \"$2\""), message(fifo), {});
  const auto writer = start(shell("echo hello > \"$2\""), message(fifo), {});
  ASSERT_TRUE(reader && writer);
  EXPECT_EQ(scripts_.running(), 2u);
  const CommandOutcome outcomes[] = {await(), await()};
  for (const CommandOutcome& one : outcomes) EXPECT_EQ(one.output, one.id == *reader ? "hello\n" : "");
}

// ---- what cannot be run

TEST_F(SubprocessTest, DistinguishesACommandNotFoundFromOneThatCannotBeRun) {
  const auto absent = start({"/no/such/program"}, message("x"), {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().exit_status, 127);
  EXPECT_EQ(absent.error().reason, "\"/no/such/program\" is not found");
  EXPECT_EQ(absent.error().fault, StartFailure::Fault::kProgram);
  EXPECT_EQ(start({"no-such-program-anywhere"}, message("x"), {}).error().exit_status, 127);

  test::TestFolder files;
  const std::string script = files.path("script");
  std::ofstream(script) << "#!/bin/sh\r\necho hi\r\n";
  chmod(script.c_str(), 0755);
  const auto windows = start({script}, message("x"), {});
  ASSERT_FALSE(windows);
  EXPECT_EQ(windows.error().exit_status, 126);
  EXPECT_EQ(windows.error().reason, "\"" + script +
                                        "\" cannot be run: its interpreter \"/bin/sh\\x0d\" is not found: the "
                                        "#! line ends in CR LF, as on Windows");

  const auto folder = start({"/"}, message("x"), {});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().exit_status, 126);
  EXPECT_EQ(folder.error().fault, StartFailure::Fault::kProgram);
  EXPECT_EQ(scripts_.running(), 0u);
}

TEST_F(SubprocessTest, RefusesWhatCannotBePassedWithoutBlamingTheCommand) {
  const std::pair<VerifiedMessage, const char*> cases[] = {
      {message(std::string("a\0b", 3)), "the payload contains a NUL"},
      {message("x", std::string("a\0b", 3)), "the verb contains a NUL"},
      {message("x", "-rf"), "the verb starts with -"},
      {message("x", "-"), "the verb starts with -"},
      {message(std::string(1u << 20, 'x')), "the payload is too large for the kernel"},
  };
  for (const auto& one : cases) {
    const auto refused = start(shell("echo ran"), one.first, {});
    ASSERT_FALSE(refused) << one.second;
    EXPECT_EQ(refused.error().exit_status, 126);
    EXPECT_EQ(refused.error().fault, StartFailure::Fault::kArguments);
    EXPECT_EQ(refused.error().reason.find(one.second), 0u) << refused.error().reason;
  }
  EXPECT_EQ(scripts_.running(), 0u);
}

TEST_F(SubprocessTest, RunsACommandOfOurOwnWithItsArgumentsAndNothingBeside) {
  ASSERT_TRUE(scripts_.start(
      local_command({"/bin/sh", "-c", "printf '%s|' \"$@\"; cat; env | grep ^REMAPHORE_", "sh", "a", "b"}),
      {.capture = 1000}));
  const CommandOutcome outcome = await();
  EXPECT_EQ(outcome.output, "a|b|");
  const auto refused = scripts_.start(local_command({"true", std::string(1u << 20, 'x')}), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "the arguments are too large for the kernel's argument limits");
}

TEST_F(SubprocessTest, LeaksNoDescriptorHoweverItEnds) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  run("true");
  const auto before = descriptors();
  for (int i = 0; i < 10; ++i) {
    run("echo x");
    run("cat", "x", {.payload_on_stdin = true});
    EXPECT_FALSE(start({"/no/such/program"}, message("x"), {}));
    EXPECT_FALSE(start(shell("true"), message(std::string("\0", 1)), {}));
  }
  EXPECT_EQ(descriptors(), before);
}

// ---- other children

// We reap orphans, like process 1 of a container.
class SubprocessAsReaperTest : public SubprocessTest {
 protected:
  SubprocessAsReaperTest() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    reaper_.emplace(signals_, log_);
    loop_.add(*reaper_);
  }
  ~SubprocessAsReaperTest() override { prctl(PR_SET_CHILD_SUBREAPER, 0); }

  CommandOutcome run_in_reaper(const std::string& script) {
    const auto command = command_for(message("x"), shell(script), std::nullopt, PayloadAs::kArgument);
    const auto started = reaper_->start(*command, {.capture = 1000});
    EXPECT_TRUE(started);
    while (true) {
      if (auto outcome = reaper_->next_outcome()) return std::move(*outcome);
      loop_.wait(std::nullopt);
    }
  }
  // Waits until no child is left, or half a minute has passed.
  bool all_gone() {
    const auto until = std::chrono::steady_clock::now() + seconds(30);
    siginfo_t info{};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
      if (std::chrono::steady_clock::now() >= until) return false;
      loop_.wait(until);
    }
    return true;
  }

  std::optional<Subprocess> reaper_;
};

TEST_F(SubprocessAsReaperTest, ReapsOrphansAndTakesNoStatusFromItsOwn) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(run_in_reaper("(exit 3 &); (sleep 0.01; exit 4) & exit 7").exit_status, 7);
  }
  EXPECT_TRUE(all_gone());
}

TEST_F(SubprocessTest, ReapsChildrenFromBeforeItsTime) {
  if (const pid_t child = fork(); child == 0) _exit(5);
  Subprocess later(signals_, log_);
  loop_.add(later);
  const auto until = std::chrono::steady_clock::now() + seconds(30);
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && std::chrono::steady_clock::now() < until) {
    loop_.wait(until);
  }
  EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
}

// ---- the end of a command

TEST_F(SubprocessTest, TerminatesTheWholeGroup) {
  test::TestFolder folder;
  const std::string fifo = folder.path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_TRUE(start(shell("sleep 1000 > \"$2\" & wait"), message(fifo), {}));
  const Descriptor reader(open(fifo.c_str(), O_RDONLY | O_CLOEXEC));  // once the leader's child is there
  scripts_.terminate({});
  EXPECT_EQ(await().exit_status, 128 + SIGTERM);
  pollfd closed{reader.get(), POLLIN, 0};
  EXPECT_EQ(poll(&closed, 1, 30000), 1) << "the leader's child lives";  // its end of the pipe goes with it
}

TEST_F(SubprocessTest, KillsWhatDoesNotTerminate) {
  test::TestFolder folder;
  const std::string fifo = folder.path("ready");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_TRUE(start(shell("trap '' TERM; echo > \"$2\"; while :; do sleep 1; done"), message(fifo), {}));
  std::ifstream(fifo).get();  // the trap is set
  const auto before = std::chrono::steady_clock::now();
  scripts_.terminate({});
  const CommandOutcome outcome = await();
  EXPECT_EQ(outcome.exit_status, 128 + SIGKILL);
  EXPECT_GE(std::chrono::steady_clock::now() - before, seconds(2));
}

TEST_F(SubprocessTest, EndsACommandAtItsTimeout) {
  const CommandOutcome outcome = run("echo begun; sleep 100", "x", {.timeout = std::chrono::milliseconds(300)});
  EXPECT_EQ(outcome.exit_status, 124);
}

TEST_F(SubprocessTest, LetsACommandEndBeforeItsTimeout) {
  EXPECT_EQ(run("exit 3", "x", {.timeout = seconds(1000)}).exit_status, 3);
  EXPECT_EQ(run("exit 3", "x", {.timeout = Duration::max()}).exit_status, 3);
}

TEST_F(SubprocessTest, LetsACommandEndByItselfWithinItsGrace) {
  test::TestFolder folder;
  const std::string fifo = folder.path("go");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_TRUE(start(shell("read -r x < \"$2\"; exit 6"), message(fifo), {}));
  scripts_.terminate(seconds(1000));
  std::ofstream(fifo) << "\n";
  EXPECT_EQ(await().exit_status, 6);
}

TEST_F(SubprocessTest, TerminatesACommandWhenItsGraceIsOver) {
  ASSERT_TRUE(start(shell("exec sleep 100"), message("x"), {}));
  const auto before = std::chrono::steady_clock::now();
  scripts_.terminate(std::chrono::milliseconds(300));
  EXPECT_EQ(await().exit_status, 128 + SIGTERM);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
}

TEST_F(SubprocessTest, KeepsTheTimeoutOfACommandDuringItsGrace) {
  ASSERT_TRUE(start(shell("exec sleep 100"), message("x"), {.timeout = std::chrono::milliseconds(300)}));
  scripts_.terminate(seconds(1000));
  EXPECT_EQ(await().exit_status, 124);
}

TEST_F(SubprocessTest, DoesNotCallTheEndOfEverythingATimeout) {
  ASSERT_TRUE(start(shell("sleep 100"), message("x"), {.timeout = seconds(1000)}));
  scripts_.terminate({});
  EXPECT_EQ(await().exit_status, 128 + SIGTERM);
}

}  // namespace
}  // namespace remaphore
