#include "cli/listen_options.h"

#include <gtest/gtest.h>

#include "cli/options_fixture.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class ListenOptionsTest : public OptionsFixture<ListenOptions> {
 protected:
  ListenOptionsTest() : OptionsFixture(test::config_text({2}), listen_options) {}
  ListenOptions listening(Arguments arguments) const { return accepted(arguments); }
  std::string listen_error(Arguments arguments) const { return error_of(arguments); }
};

TEST_F(ListenOptionsTest, ListensForItsOwnDestinationByDefault) {
  const ListenOptions options = listening({});
  EXPECT_EQ(options.filter.destination, "node1");
  EXPECT_FALSE(options.filter.literal_destination);
  EXPECT_FALSE(options.filter.uuid);
  EXPECT_TRUE(options.filter.verbs.empty());
  EXPECT_FALSE(options.filter.public_key);
  EXPECT_EQ(options.subject, "remaphore.all");
  EXPECT_TRUE(options.command.empty());
  EXPECT_FALSE(options.goal.exists());
  EXPECT_EQ(options.jobs, 1u);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.script_timeout, std::nullopt);
  EXPECT_EQ(options.payload, PayloadAs::kArgument);
}

TEST_F(ListenOptionsTest, ReadsItsOptions) {
  const std::string key = test::public_text(2);
  const ListenOptions options = listening(
      {"-D", "com.**",           "-v", " a, b ,,c", "-p", key.c_str(),       "-S",  "x",  "-t", "5s", "-o", "--jobs",
       "4",  "--script-timeout", "9s", "--grace",   "3s", "--payload-stdin", "run", "-v", "it"});
  EXPECT_EQ(options.filter.destination, "com.**");
  EXPECT_TRUE(options.filter.literal_destination);
  EXPECT_EQ(options.filter.verbs, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(options.filter.public_key, key);
  EXPECT_EQ(options.subject, "remaphore.x");
  EXPECT_EQ(options.timeout, seconds(5));
  EXPECT_TRUE(options.goal.exists());
  EXPECT_EQ(options.jobs, 4u);
  EXPECT_EQ(options.script_timeout, seconds(9));
  EXPECT_EQ(options.grace, seconds(3));
  EXPECT_EQ(options.payload, PayloadAs::kStandardInput);
  EXPECT_EQ(options.command, (std::vector<std::string>{"run", "-v", "it"}));
}

TEST_F(ListenOptionsTest, CountsWhatIsKeptIfAsked) {
  EXPECT_FALSE(listening({}).kept);
  const ListenOptions options = listening({"--since", "12h", "-u", "release", "--last", "run"});
  EXPECT_EQ(options.kept->stream, "REMAPHORE");
  EXPECT_EQ(options.kept->since, std::chrono::hours(12));
  EXPECT_TRUE(options.kept->newest);
  EXPECT_FALSE(listening({"--since", "12h"}).kept->newest);
}

TEST_F(ListenOptionsTest, RunsKeptMessagesOnlyIfItRemembersThem) {
  EXPECT_TRUE(contains(listen_error({"--since", "12h", "run"}), "needs --state DIR"));
  EXPECT_TRUE(listening({"--since", "12h", "--state", "/x", "run"}).kept);
  EXPECT_TRUE(listening({"--since", "12h", "-o", "run"}).kept);
  EXPECT_TRUE(listening({"--since", "12h"}).kept);
}

TEST_F(ListenOptionsTest, TakesTheNewestOfAWindowOnly) {
  EXPECT_TRUE(contains(listen_error({"--last", "-o"}), "--last needs --since"));
  EXPECT_TRUE(contains(listen_error({"--last", "--since", "1h"}), "--last needs -o or -u"));
}

TEST_F(ListenOptionsTest, ListensForAnyDestinationOnlyWithoutAnother) {
  EXPECT_EQ(listening({"-d"}).filter.destination, std::nullopt);
  EXPECT_TRUE(contains(listen_error({"-d", "-D", "x"}), "options -d and -D cannot be combined"));
  EXPECT_EQ(listening({"-d=false", "-D", "x"}).filter.destination, "x");
}

TEST_F(ListenOptionsTest, ListensForAUuidOnce) {
  const ListenOptions options = listening({"-u", "release"});
  EXPECT_EQ(options.filter.uuid, Uuid::from_text("release"));
  EXPECT_TRUE(options.goal.exists());
}

TEST_F(ListenOptionsTest, TakesACommandTimeoutOfNothingForNone) {
  EXPECT_EQ(listening({"--script-timeout", "0"}).script_timeout, std::nullopt);
}

TEST_F(ListenOptionsTest, RefusesUnusableSubjects) {
  for (const char* subject : {"all evil", ">", "*", "a.*", "a..b", ".", "a\nb"}) {
    EXPECT_TRUE(contains(listen_error({"-S", subject}), "option -S: not a usable subject")) << subject;
  }
}

TEST_F(ListenOptionsTest, RefusesAKeyThatIsNone) {
  EXPECT_TRUE(contains(listen_error({"-p", "xyz"}), "option -p: not a public key"));
}

TEST_F(ListenOptionsTest, PassesTheExitStatusOfACommandThatRunsOnce) {
  EXPECT_FALSE(listening({"-o", "command"}).pass_exit_status);
  EXPECT_TRUE(listening({"-o", "--exit-status", "command"}).pass_exit_status);
  EXPECT_TRUE(listening({"-u", "x", "--exit-status", "command"}).pass_exit_status);
}

TEST_F(ListenOptionsTest, RefusesAnExitStatusWithoutACommandThatRunsOnce) {
  EXPECT_EQ(listen_error({"--exit-status", "command"}), "option --exit-status needs -o or -u");
  EXPECT_EQ(listen_error({"--exit-status", "-o"}), "option --exit-status needs a command");
}

TEST_F(ListenOptionsTest, DelaysWhatItDoes) {
  EXPECT_FALSE(listening({}).delay.exists());
  EXPECT_EQ(listening({"--splay", "9s", "command"}).delay.splay, seconds(9));
  EXPECT_EQ(listening({"--start-after", "9s"}).delay.after_signed, seconds(9));
  EXPECT_FALSE(listening({"--start-after", "0"}).delay.exists());
}

TEST_F(ListenOptionsTest, RefusesDelaysThatContradictEachOther) {
  EXPECT_EQ(listen_error({"--splay", "9s"}), "option --splay needs a command");
  EXPECT_EQ(listen_error({"--splay", "9s", "--start-after", "9s", "command"}),
            "options --splay and --start-after cannot be combined");
}

TEST_F(ListenOptionsTest, ListensWithJson) {
  EXPECT_FALSE(listening({}).json);
  EXPECT_TRUE(listening({"--json"}).json);
}

}  // namespace
}  // namespace remaphore
