#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "cli/sample_value_fixture.h"

namespace remaphore {
namespace {

using Arguments = std::initializer_list<const char*>;

Result<CommandLine> parse(Arguments arguments) {
  return CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
}

std::string text(Arguments arguments, OptionRef option) {
  const auto line = parse(arguments);
  if (!line) return "error: " + line.error().message;
  return line->text(option).value_or("(none)");
}

std::string rest(Arguments arguments) {
  const auto line = parse(arguments);
  if (!line) return "error: " + line.error().message;
  std::string all;
  for (const std::string& one : line->arguments()) all += "<" + one + ">";
  return all;
}

bool set(Arguments arguments, OptionRef option) {
  const auto line = parse(arguments);
  EXPECT_TRUE(line) << line.error().message;
  return line && line->is_set(option);
}

std::string error(Arguments arguments) {
  const auto line = parse(arguments);
  if (line) return "accepted";
  EXPECT_EQ(line.error().code, Errc::kUsage);
  return line.error().message;
}

TEST(CommandLineTest, TakesAValueInFourSpellings) {
  EXPECT_EQ(text({"-u", "x"}, "uuid"), "x");
  EXPECT_EQ(text({"-u=x"}, "uuid"), "x");
  EXPECT_EQ(text({"--u", "x"}, "uuid"), "x");
  EXPECT_EQ(text({"--u=x"}, "uuid"), "x");
  EXPECT_EQ(text({"--uuid", "x"}, "uuid"), "x");
  EXPECT_EQ(text({"-uuid=x"}, "uuid"), "x");
}

TEST(CommandLineTest, TakesAnyTextForAValue) {
  EXPECT_EQ(text({"-u=a=b"}, "uuid"), "a=b");
  EXPECT_EQ(text({"-u", "-s"}, "uuid"), "-s");
  EXPECT_EQ(text({"-u", "--"}, "uuid"), "--");
  EXPECT_EQ(text({"-u", "[1,2]"}, "uuid"), "[1,2]");
  EXPECT_FALSE(set({"-u", "-s"}, "send"));
}

TEST(CommandLineTest, TakesAnEmptyValueForNone) {
  EXPECT_EQ(text({"-v="}, "verb"), "(none)");
  EXPECT_EQ(text({"-v", ""}, "verb"), "(none)");
  EXPECT_EQ(text({"-v", "x", "-v="}, "verb"), "(none)");
  EXPECT_FALSE(parse({"-t="})->duration("timeout"));
}

TEST(CommandLineTest, TakesTheLastOfARepeatedOption) {
  EXPECT_EQ(text({"-v", "x", "-v", "y"}, "verb"), "y");
  EXPECT_FALSE(set({"-o", "-o=false"}, "once"));
  EXPECT_TRUE(set({"-o=false", "-o"}, "once"));
  EXPECT_EQ(text({"-v", "x", "--verb", "y"}, "verb"), "y");
}

TEST(CommandLineTest, RefusesAnEmptyTarget) {
  for (const Arguments arguments : {Arguments{"-D", ""}, {"-D="}, {"--destination", ""}, {"-D", "x", "-D", ""}}) {
    EXPECT_NE(error(arguments).find("has an empty value: is a variable not set?"), std::string::npos);
  }
  EXPECT_EQ(error({"-s", "-u", ""}), "option -u has an empty value: is a variable not set? (see remaphore --help)");
  EXPECT_NE(error({"--uuid="}).find("option --uuid has an empty value"), std::string::npos);
}

TEST(CommandLineTest, RefusesASecondTarget) {
  EXPECT_EQ(error({"-D", "web1", "-D", "web2"}),
            "option -D is given twice, with different values (see remaphore --help)");
  EXPECT_NE(error({"-u", "x", "--uuid=y"}).find("is given twice"), std::string::npos);
  EXPECT_EQ(text({"-D", "web1", "--destination", "web1"}, "destination"), "web1");
}

TEST(CommandLineTest, ReadsGosBooleans) {
  EXPECT_TRUE(set({"-o"}, "once"));
  EXPECT_TRUE(set({"--once"}, "once"));
  for (const char* argument : {"-o=1", "-o=t", "-o=T", "-o=TRUE", "-o=true", "-o=True"}) {
    EXPECT_TRUE(set({argument}, "once")) << argument;
  }
  for (const char* argument : {"-o=0", "-o=f", "-o=F", "-o=FALSE", "-o=false", "-o=False"}) {
    EXPECT_FALSE(set({argument}, "once")) << argument;
  }
  for (const char* argument : {"-o=", "-o=yes", "-o=no", "-o=tRUE", "-o=2", "-o= true"}) {
    EXPECT_NE(error({argument}).find("is a boolean"), std::string::npos) << argument;
  }
}

TEST(CommandLineTest, GivesABooleanNoValueOfItsOwn) {
  EXPECT_TRUE(set({"-o", "false"}, "once"));
  EXPECT_EQ(rest({"-o", "false"}), "<false>");
}

TEST(CommandLineTest, StopsAtTheFirstArgumentThatIsNoOption) {
  EXPECT_EQ(rest({"-s", "hello", "-o", "-unknown"}), "<hello><-o><-unknown>");
  EXPECT_EQ(rest({"-s", "--", "-o", "--", "x"}), "<-o><--><x>");
  EXPECT_EQ(rest({"-s", "-", "-o"}), "<-><-o>");
  EXPECT_EQ(rest({"-s", "", "-o"}), "<><-o>");
  EXPECT_EQ(rest({"-s"}), "");
  EXPECT_EQ(rest({}), "");
}

TEST(CommandLineTest, KnowsNoBundling) {
  EXPECT_NE(error({"-or"}).find("unknown option \"-or\""), std::string::npos);
  EXPECT_NE(error({"-ux"}).find("unknown option \"-ux\""), std::string::npos);
}

TEST(CommandLineTest, RefusesUnknownOptions) {
  for (const char* argument : {"-x", "--x", "---s", "-=x", "--=x", "-x=secret", "-S ", "--sen", "-\x1b[2J"}) {
    const std::string message = error({argument});
    EXPECT_EQ(message.find("unknown option \"-"), 0u) << message;
    EXPECT_EQ(message.find("secret"), std::string::npos);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
    EXPECT_NE(message.find("(see remaphore --help)"), std::string::npos);
  }
}

TEST(CommandLineTest, RefusesAnOptionWithoutItsValue) {
  EXPECT_EQ(error({"-u"}), "option -u needs a value (TEXT) (see remaphore --help)");
  EXPECT_EQ(error({"-s", "--config"}), "option --config needs a value (FILE) (see remaphore --help)");
}

TEST(CommandLineTest, ReadsDurations) {
  EXPECT_EQ(*parse({"-t", "1h2m3s4ms"})->duration("timeout"), Duration(3723004000000));
  EXPECT_EQ(*parse({"-t=0"})->duration("timeout"), Duration(0));
  EXPECT_FALSE(parse({})->duration("timeout"));
  EXPECT_NE(error({"-t", "5"}).find("option -t: not a duration"), std::string::npos);
  EXPECT_NE(error({"-t", "-1s"}).find("option -t must not be negative: \"-1s\""), std::string::npos);
  EXPECT_NE(error({"--script-timeout", "x"}).find("option --script-timeout: not a duration"), std::string::npos);
}

TEST(CommandLineTest, ReadsNumbersWithinTheirBounds) {
  EXPECT_EQ(parse({"--jobs", "1"})->number("jobs"), 1u);
  EXPECT_EQ(parse({"--jobs=10000"})->number("jobs"), 10000u);
  EXPECT_FALSE(parse({})->number("jobs"));
  for (const char* argument : {"--jobs=0", "--jobs=-1", "--jobs=+1", "--jobs=1.5", "--jobs=10001", "--jobs=x",
                               "--jobs= 1", "--jobs=4294967297"}) {
    EXPECT_NE(error({argument}).find("takes a number from 1 to 10000"), std::string::npos) << argument;
  }
}

TEST(CommandLineTest, BoundsWhatALockTakes) {
  EXPECT_EQ(parse({"--slots", "64"})->number("slots"), 64u);
  EXPECT_EQ(parse({"--conflict-exit-status", "0"})->number("conflict-exit-status"), 0u);
  EXPECT_EQ(error({"--slots", "65"}), "option --slots takes a number from 1 to 64, not \"65\" (see remaphore --help)");
  EXPECT_EQ(error({"--lease", "1s"}),
            "option --lease takes a duration from 2s to 5m, not \"1s\" (see remaphore --help)");
  EXPECT_EQ(error({"--lease", "1h"}),
            "option --lease takes a duration from 2s to 5m, not \"1h\" (see remaphore --help)");
  for (const std::string status : {"256", "-1", "x", "1x"}) {
    EXPECT_EQ(
        error({"--conflict-exit-status", status.c_str()}),
        "option --conflict-exit-status takes a number from 0 to 255, not \"" + status + "\" (see remaphore --help)");
  }
}

TEST(CommandLineTest, ReadsCounts) {
  EXPECT_EQ(parse({"--require", "50%"})->count("require")->of(5), 3u);
  EXPECT_EQ(parse({"--require=all"})->count("require")->of(5), 5u);
  EXPECT_FALSE(parse({})->count("require"));
  EXPECT_EQ(parse({"--batch", "1,10%"})->counts("batch").size(), 2u);
  EXPECT_TRUE(parse({})->counts("batch").empty());
  EXPECT_FALSE(parse({"--max-fail", "0"})->count_or_none("max-fail"));
  EXPECT_EQ(parse({"--max-fail", "10%"})->count_or_none("max-fail")->of(20), 2u);
  EXPECT_EQ(error({"--require", "some"}),
            "option --require must be all, a number from 1 to 10000 or a percentage from 1% to 100%, not \"some\" "
            "(see remaphore --help)");
  EXPECT_EQ(
      error({"--batch", "1,0"}),
      "option --batch: each count must be all, a number from 1 to 10000 or a percentage from 1% to 100%, not \"0\" "
      "(see remaphore --help)");
  EXPECT_EQ(error({"--max-fail", "0%"}),
            "option --max-fail must be 0, all, a number from 1 to 10000 or a percentage from 1% to 100%, not \"0%\" "
            "(see remaphore --help)");
}

TEST(CommandLineTest, TakesOnlyWhatAChoiceHas) {
  for (const char* when : {"auto", "never"}) EXPECT_EQ(text({"--progress", when}, "progress"), when);
  for (const char* when : {"--progress=always", "--progress=aut", "--progress=auto|never", "--progress=|"}) {
    EXPECT_NE(error({when}).find("option --progress takes auto or never, not \""), std::string::npos) << when;
  }
}

TEST(CommandLineTest, KnowsWhatIsGiven) {
  EXPECT_TRUE(parse({"-o"})->is_given("once"));
  EXPECT_FALSE(parse({"-o=false"})->is_given("once"));
  EXPECT_TRUE(parse({"-v", "x"})->is_given("verb"));
  EXPECT_FALSE(parse({"-v", ""})->is_given("verb"));
  EXPECT_TRUE(parse({"--", "-x"})->arguments_are_marked());
  EXPECT_FALSE(parse({"x", "--", "-x"})->arguments_are_marked());
}

TEST(CommandLineTest, KeepsTheGoodOptionsOfALineWithAnError) {
  const char* const arguments[] = {"-s", "-zz", "-t", "x", "-o=maybe", "--json", "-u", "name", "word", "-q"};
  CommandLine understood;
  const auto line = CommandLine::parse(arguments, &understood);
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().message.find("\"-zz\""), std::string::npos) << line.error().message;  // the first
  EXPECT_TRUE(understood.is_set("send"));
  EXPECT_TRUE(understood.is_set("json"));
  EXPECT_EQ(understood.text("uuid"), "name");
  EXPECT_FALSE(understood.is_set("once"));
  EXPECT_FALSE(understood.text("timeout"));
  EXPECT_FALSE(understood.is_set("quiet"));
  EXPECT_EQ(understood.arguments().size(), 2u);
}

TEST(CommandLineTest, UnderstandsWhatIsBeforeAnOptionWithoutItsValue) {
  const char* const arguments[] = {"--json", "-u"};
  CommandLine understood;
  EXPECT_FALSE(CommandLine::parse(arguments, &understood));
  EXPECT_TRUE(understood.is_set("json"));
  EXPECT_TRUE(understood.arguments().empty());
}

// Every option of the table, by each of its names.
TEST(CommandLineTest, KnowsTheWholeTable) {
  for (const Option& option : option_table()) {
    for (const std::string_view name : {option.short_name, option.long_name}) {
      if (name.empty()) continue;
      const std::string dashed = "--" + std::string(name);
      const std::string value = sample_value(option);
      if (option.takes_value()) {
        EXPECT_EQ(text({dashed.c_str(), value.c_str()}, option), value) << name;
      } else {
        EXPECT_TRUE(set({dashed.c_str()}, option)) << name;
      }
    }
  }
}

}  // namespace
}  // namespace remaphore
