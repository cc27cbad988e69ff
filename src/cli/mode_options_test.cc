#include "cli/mode_options.h"

#include <gtest/gtest.h>

#include "core/config_parser.h"
#include "core/subject.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class ModeOptions : public testing::Test {
 protected:
  ModeOptions() : config_(parse_config_text()) {}
  static Config parse_config_text() {
    const std::string text = test::config_text({2});
    return std::move(*parse_config(std::vector<char>(text.begin(), text.end()), "test"));
  }
  static CommandLine line(std::initializer_list<const char*> arguments) {
    return *CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
  }
  SendOptions sending(std::initializer_list<const char*> arguments) const {
    const auto options = send_options(line(arguments), config_);
    if (!options) throw std::runtime_error(options.error().message);
    return *options;
  }
  ListenOptions listening(std::initializer_list<const char*> arguments) const {
    const auto options = listen_options(line(arguments), config_);
    if (!options) throw std::runtime_error(options.error().message);
    return *options;
  }
  std::string send_error(std::initializer_list<const char*> arguments) const {
    const auto options = send_options(line(arguments), config_);
    if (options) return "accepted";
    EXPECT_EQ(options.error().code, Errc::kUsage);
    return options.error().message;
  }
  std::string listen_error(std::initializer_list<const char*> arguments) const {
    const auto options = listen_options(line(arguments), config_);
    if (options) return "accepted";
    EXPECT_EQ(options.error().code, Errc::kUsage);
    return options.error().message;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  const Config config_;
};

TEST_F(ModeOptions, SendsAPingToEverybodyUnlessToldOtherwise) {
  const SendOptions options = sending({"-s"});
  EXPECT_EQ(options.message.verb, "ping");
  EXPECT_EQ(options.message.destination, "**");
  EXPECT_EQ(options.message.payload, "");
  EXPECT_FALSE(options.message.reply_wanted);
  EXPECT_EQ(options.message.uuid.bytes().size(), Uuid::kMaxBytes);
  EXPECT_NE(options.message.uuid, sending({"-s"}).message.uuid);
  EXPECT_EQ(options.subject, "remaphore.all");
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.identity, &config_.identities[0]);
}

TEST_F(ModeOptions, SendsTheVerbThatAListenerOfTheSameListWaitsFor) {
  for (const char* list : {"deploy", " deploy", "deploy\n", "\tdeploy ", "deploy,", ",deploy", " , deploy ,, "}) {
    EXPECT_EQ(sending({"-s", "-v", list}).message.verb, "deploy") << '"' << list << '"';
    EXPECT_EQ(listening({"-v", list}).filter.verbs, std::vector<std::string>{"deploy"}) << '"' << list << '"';
  }
  EXPECT_EQ(sending({"-s", "-v", "two words "}).message.verb, "two words");
}

TEST_F(ModeOptions, SendsWhatItIsTold) {
  const SendOptions options =
      sending({"-r", "-v", "deploy", "-D", "com.*", "-u", "id", "-S", "b.c", "-t", "3s", "one", " two", "", "three"});
  EXPECT_TRUE(options.message.reply_wanted);
  EXPECT_EQ(options.message.verb, "deploy");
  EXPECT_EQ(options.message.destination, "com.*");
  EXPECT_EQ(options.message.uuid, Uuid::from_text("id"));
  EXPECT_EQ(options.message.payload, "one  two  three");
  EXPECT_EQ(options.subject, "remaphore.b.c");
  EXPECT_EQ(options.timeout, seconds(3));
}

TEST_F(ModeOptions, RefusesAMessageThatTheFormatCannotHold) {
  EXPECT_TRUE(contains(send_error({"-s", "-v", "a,b"}), "a message has one verb, not several: \"a,b\""));
  EXPECT_TRUE(contains(send_error({"-s", "-v", " a , b"}), "a message has one verb, not several: \" a , b\""));
  for (const char* none : {",", " ", " , "})
    EXPECT_TRUE(contains(send_error({"-s", "-v", none}), "option -v: no verb in"));
  EXPECT_TRUE(contains(send_error({"-s", "-D", "a,b"}), "a destination pattern has no comma: \"a,b\""));
  const std::string verb(kMaxVerb + 1, 'v'), destination(kMaxDestination + 1, 'd');
  EXPECT_TRUE(contains(send_error({"-s", "-v", verb.c_str()}), "a verb has at most 256 bytes"));
  EXPECT_TRUE(contains(send_error({"-s", "-D", destination.c_str()}), "a destination pattern has at most 1024 bytes"));
  EXPECT_EQ(send_error({"-s", "-v", verb.substr(1).c_str(), "-D", destination.substr(1).c_str()}), "accepted");
}

TEST_F(ModeOptions, RefusesUnusableSubjectsInEitherMode) {
  for (const char* subject : {"all evil", ">", "*", "a.*", "a..b", ".", "a\nb"}) {
    EXPECT_TRUE(contains(send_error({"-s", "-S", subject}), "option -S: not a usable subject")) << subject;
    EXPECT_TRUE(contains(listen_error({"-S", subject}), "option -S: not a usable subject")) << subject;
  }
  const std::string last(subject::kMaxBytes, 's');  // usable by itself, too long behind the configured one
  EXPECT_TRUE(contains(send_error({"-s", "-S", last.c_str()}), "longer than"));
}

TEST_F(ModeOptions, RefusesAKeyThatIsNone) {
  EXPECT_TRUE(contains(send_error({"-s", "-p", "xyz"}), "option -p: not a public key"));
  EXPECT_TRUE(contains(listen_error({"-p", "xyz"}), "option -p: not a public key"));
  EXPECT_TRUE(contains(send_error({"-s", "-p", test::public_text(9).c_str()}), "no configured identity has the key"));
  EXPECT_EQ(sending({"-s", "-p", test::public_text(1).c_str()}).identity, &config_.identities[0]);
}

TEST_F(ModeOptions, ListensForItsOwnDestinationUnlessToldOtherwise) {
  const ListenOptions options = listening({});
  EXPECT_EQ(options.filter.destination, "node1");
  EXPECT_FALSE(options.filter.literal_destination);
  EXPECT_FALSE(options.filter.uuid);
  EXPECT_TRUE(options.filter.verbs.empty());
  EXPECT_FALSE(options.filter.public_key);
  EXPECT_EQ(options.subject, "remaphore.all");
  EXPECT_TRUE(options.command.empty());
  EXPECT_FALSE(options.once);
  EXPECT_EQ(options.jobs, 1u);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.script_timeout, std::nullopt);
  EXPECT_FALSE(options.payload_on_stdin);
}

TEST_F(ModeOptions, ListensForWhatItIsTold) {
  const std::string key = test::public_text(2);
  const ListenOptions options =
      listening({"-D", "com.**", "-v", " a, b ,,c", "-p", key.c_str(), "-S", "x", "-t", "5s", "-o", "--jobs", "4",
                 "--script-timeout", "9s", "--payload-stdin", "run", "-v", "it"});
  EXPECT_EQ(options.filter.destination, "com.**");
  EXPECT_TRUE(options.filter.literal_destination);
  EXPECT_EQ(options.filter.verbs, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(options.filter.public_key, key);
  EXPECT_EQ(options.subject, "remaphore.x");
  EXPECT_EQ(options.timeout, seconds(5));
  EXPECT_TRUE(options.once);
  EXPECT_EQ(options.jobs, 4u);
  EXPECT_EQ(options.script_timeout, seconds(9));
  EXPECT_TRUE(options.payload_on_stdin);
  EXPECT_EQ(options.command, (std::vector<std::string>{"run", "-v", "it"}));
}

TEST_F(ModeOptions, ListensForAnyDestinationOnlyWithoutAnother) {
  EXPECT_EQ(listening({"-d"}).filter.destination, std::nullopt);
  EXPECT_TRUE(contains(listen_error({"-d", "-D", "x"}), "options -d and -D do not go together"));
  EXPECT_EQ(listening({"-d=false", "-D", "x"}).filter.destination, "x");
}

TEST_F(ModeOptions, ListensForAUuidOnce) {
  const ListenOptions options = listening({"-u", "release"});
  EXPECT_EQ(options.filter.uuid, Uuid::from_text("release"));
  EXPECT_TRUE(options.once);
}

TEST_F(ModeOptions, TakesACommandTimeoutOfNothingForNone) {
  EXPECT_EQ(listening({"--script-timeout", "0"}).script_timeout, std::nullopt);
}

TEST_F(ModeOptions, IgnoresWhatMeansNothingInTheMode) {
  EXPECT_EQ(send_error({"-s", "-d", "-o", "--jobs", "3"}), "accepted");
}

TEST_F(ModeOptions, ProgressIsShownUnlessToldOtherwise) {
  EXPECT_TRUE(*shows_progress(line({"-r"})));
  EXPECT_TRUE(*shows_progress(line({"-r", "--progress", "auto"})));
  EXPECT_FALSE(*shows_progress(line({"-r", "--progress=never"})));
  EXPECT_FALSE(*shows_progress(line({"-r", "-q"})));
  const auto wrong = shows_progress(line({"-r", "--progress", "always"}));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::kUsage);
  EXPECT_EQ(wrong.error().message, "option --progress takes auto or never, not \"always\"");
}

TEST_F(ModeOptions, CheckGoesWithNothingElse) {
  EXPECT_FALSE(check_options(line({"--check"}))->ping);
  EXPECT_TRUE(check_options(line({"--check", "--ping"}))->ping);
  for (const auto& wrong : {line({"--check", "-s"}), line({"--check", "-r"}), line({"--check", "x.conf"})}) {
    const auto options = check_options(wrong);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().code, Errc::kUsage);
    EXPECT_TRUE(contains(options.error().message, "--check")) << options.error().message;
  }
}

TEST_F(ModeOptions, RequestsInTheFormatAskedFor) {
  const auto format = [this](std::initializer_list<const char*> arguments) {
    return request_options(line(arguments), config_)->format;
  };
  EXPECT_EQ(format({"-r"}), AnswerFormat::kRecords);
  EXPECT_EQ(format({"-r", "--json"}), AnswerFormat::kJson);
  EXPECT_EQ(format({"-r", "--gather"}), AnswerFormat::kGathered);
  const auto both = request_options(line({"-r", "--gather", "--json"}), config_);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Errc::kUsage);
  EXPECT_EQ(both.error().message, "options --json and --gather do not go together");
}

TEST_F(ModeOptions, ReadsHowManyHaveToSucceed) {
  EXPECT_FALSE(request_options(line({"-r"}), config_)->require);
  EXPECT_EQ(request_options(line({"-r", "--require", "50%"}), config_)->require->of(5), 3u);
  const auto wrong = request_options(line({"-r", "--require", "some"}), config_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::kUsage);
  EXPECT_EQ(wrong.error().message,
            "option --require: not all, a number from 1 to 10000 or a percentage from 1% to 100%: \"some\"");
}

TEST_F(ModeOptions, RefusesWhatChangesTheMeaningOfSuccessWhereItHasNone) {
  for (const char* option : {"--require=all", "--gather"}) {
    EXPECT_TRUE(contains(send_error({"-s", option}), "goes with -r only")) << option;
    EXPECT_TRUE(contains(listen_error({option}), "goes with -r only")) << option;
  }
  const std::string needs = "option --exit-status goes with -o and a command only";
  EXPECT_EQ(send_error({"-s", "--exit-status"}), needs);
  EXPECT_EQ(request_options(line({"-r", "--exit-status"}), config_).error().message, needs);
  EXPECT_EQ(listen_error({"--exit-status", "command"}), needs);
  EXPECT_EQ(listen_error({"--exit-status", "-o"}), needs);
}

TEST_F(ModeOptions, PassesTheExitStatusOfACommandThatRunsOnce) {
  EXPECT_FALSE(listening({"-o", "command"}).pass_exit_status);
  EXPECT_TRUE(listening({"-o", "--exit-status", "command"}).pass_exit_status);
  EXPECT_TRUE(listening({"-u", "x", "--exit-status", "command"}).pass_exit_status);
}

TEST_F(ModeOptions, ListensWithJson) {
  EXPECT_FALSE(listening({}).json);
  EXPECT_TRUE(listening({"--json"}).json);
}

}  // namespace
}  // namespace remaphore
