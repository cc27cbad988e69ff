#include "cli/message_options.h"

#include <gtest/gtest.h>

#include "cli/bus_options.h"
#include "cli/options_fixture.h"
#include "core/subject.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

struct Told : Log {
  void error(std::string_view) override {}
  void failure(std::string_view, ExitStatus) override {}
  void notice(std::string_view line) override { notices.emplace_back(line); }
  void verbose(std::string_view) override {}
  bool is_verbose() const override { return false; }
  void ready() override {}
  std::vector<std::string> notices;
};

class MessageOptionsTest : public OptionsFixture<SendOptions> {
 protected:
  MessageOptionsTest()
      : OptionsFixture(test::config_text({2}), [](const CommandLine& line, const Config& config) {
          return message_options(line, line.is_set("request") ? Mode::kRequest : Mode::kSend, config);
        }) {}
  SendOptions sending(Arguments arguments) const { return accepted(arguments); }
  std::string send_error(Arguments arguments) const { return error_of(arguments); }
};

TEST_F(MessageOptionsTest, SendsAPingToEverybodyByDefault) {
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

TEST_F(MessageOptionsTest, SendsTheVerbThatAListenerOfTheSameListWaitsFor) {
  for (const char* list : {"deploy", " deploy", "deploy\n", "\tdeploy ", "deploy,", ",deploy", " , deploy ,, "}) {
    EXPECT_EQ(sending({"-s", "-v", list}).message.verb, "deploy") << '"' << list << '"';
    EXPECT_EQ(*verbs_of(line({"-v", list})), std::vector<std::string>{"deploy"}) << '"' << list << '"';
  }
  EXPECT_EQ(sending({"-s", "-v", "two words "}).message.verb, "two words");
}

TEST_F(MessageOptionsTest, ReadsItsOptions) {
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

TEST_F(MessageOptionsTest, RefusesAMessageThatTheFormatCannotHold) {
  EXPECT_TRUE(contains(send_error({"-s", "-v", "a,b"}), "a message has one verb, not several: \"a,b\""));
  EXPECT_TRUE(contains(send_error({"-s", "-v", " a , b"}), "a message has one verb, not several: \" a , b\""));
  for (const char* none : {",", " ", " , "})
    EXPECT_TRUE(contains(send_error({"-s", "-v", none}), "option -v: no verb in"));
  const std::string verb(kMaxVerb + 1, 'v');
  EXPECT_TRUE(contains(send_error({"-s", "-v", verb.c_str()}), "a verb has at most 256 bytes"));
  EXPECT_EQ(send_error({"-s", "-v", verb.substr(1).c_str()}), "accepted");
}

TEST_F(MessageOptionsTest, RefusesUnusableSubjects) {
  for (const char* subject : {"all evil", ">", "*", "a.*", "a..b", ".", "a\nb"}) {
    EXPECT_TRUE(contains(send_error({"-s", "-S", subject}), "option -S: not a usable subject")) << subject;
  }
  const std::string last(subject::kMaxBytes, 's');  // usable alone, too long after the configured one
  EXPECT_TRUE(contains(send_error({"-s", "-S", last.c_str()}), "longer than"));
}

TEST_F(MessageOptionsTest, RefusesAKeyThatIsNone) {
  EXPECT_TRUE(contains(send_error({"-s", "-p", "xyz"}), "option -p: not a public key"));
  EXPECT_TRUE(contains(send_error({"-s", "-p", test::public_text(9).c_str()}), "no configured identity has the key"));
  EXPECT_EQ(sending({"-s", "-p", test::public_text(1).c_str()}).identity, &config_.identities[0]);
}

TEST_F(MessageOptionsTest, WarnsOfAnOptionAfterTheMessage) {
  const auto told = [](std::initializer_list<const char*> arguments) {
    Told log;
    warn_of_typos(line(arguments), Message{}, log);
    return log.notices;
  };
  for (const char* word : {"-D", "--destination", "-destination", "-D=x", "--any-destination"}) {
    const auto notices = told({"-s", "reboot", "now", word, "n.right"});
    ASSERT_EQ(notices.size(), 1u) << word;
    EXPECT_TRUE(contains(notices[0], "\" is sent as part of the message")) << notices[0];
  }
  EXPECT_EQ(told({"-s", "reboot", "-D", "-D"}).size(), 1u);
  EXPECT_TRUE(told({"-s", "reboot", "--", "-1", "-", "-Dx", "--nothing", "D", "---D"}).empty());
  EXPECT_TRUE(told({"-s", "--", "reboot", "-D", "x"}).empty());
  EXPECT_TRUE(told({"-s"}).empty());
}

TEST_F(MessageOptionsTest, WarnsOfAVerbInCapitals) {
  const auto told = [](const char* verb) {
    Told log;
    Message message;
    message.verb = verb;
    warn_of_typos(line({"-s"}), message, log);
    return log.notices;
  };
  ASSERT_EQ(told("Deploy").size(), 1u);
  EXPECT_TRUE(contains(told("Deploy")[0], "\"Deploy\" has capitals: only peers that allow every verb (*)"));
  EXPECT_TRUE(told("deploy").empty());
  EXPECT_TRUE(told("d\u00c4ploy").empty());
}

TEST_F(MessageOptionsTest, RefusesAPatternBesideAnyDestination) {
  EXPECT_EQ(send_error({"-s", "-d", "-D", "x"}), "options -d and -D cannot be combined");
}

TEST_F(MessageOptionsTest, IgnoresGoFlagsThatMeanNothingWhenSending) {
  EXPECT_EQ(send_error({"-s", "-d", "-o"}), "accepted");
}

}  // namespace
}  // namespace remaphore
