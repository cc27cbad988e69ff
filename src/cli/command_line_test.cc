#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace remaphore {
namespace {

using Arguments = std::initializer_list<const char*>;

Result<CommandLine> parse(Arguments arguments) {
  return CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
}

std::string text(Arguments arguments, OptionId id) {
  const auto line = parse(arguments);
  if (!line) return "error: " + line.error().message;
  return line->text(id).value_or("(none)");
}

std::string rest(Arguments arguments) {
  const auto line = parse(arguments);
  if (!line) return "error: " + line.error().message;
  std::string all;
  for (const std::string& one : line->arguments()) all += "<" + one + ">";
  return all;
}

bool set(Arguments arguments, OptionId id) {
  const auto line = parse(arguments);
  EXPECT_TRUE(line) << line.error().message;
  return line && line->is_set(id);
}

std::string error(Arguments arguments) {
  const auto line = parse(arguments);
  if (line) return "accepted";
  EXPECT_EQ(line.error().code, Errc::kUsage);
  return line.error().message;
}

TEST(CommandLine, TakesAValueInFourSpellings) {
  EXPECT_EQ(text({"-u", "x"}, OptionId::kUuid), "x");
  EXPECT_EQ(text({"-u=x"}, OptionId::kUuid), "x");
  EXPECT_EQ(text({"--u", "x"}, OptionId::kUuid), "x");
  EXPECT_EQ(text({"--u=x"}, OptionId::kUuid), "x");
  EXPECT_EQ(text({"--uuid", "x"}, OptionId::kUuid), "x");
  EXPECT_EQ(text({"-uuid=x"}, OptionId::kUuid), "x");
}

TEST(CommandLine, TakesAnyTextForAValue) {
  EXPECT_EQ(text({"-u=a=b"}, OptionId::kUuid), "a=b");
  EXPECT_EQ(text({"-u", "-s"}, OptionId::kUuid), "-s");
  EXPECT_EQ(text({"-u", "--"}, OptionId::kUuid), "--");
  EXPECT_EQ(text({"-u", "[1,2]"}, OptionId::kUuid), "[1,2]");
  EXPECT_FALSE(set({"-u", "-s"}, OptionId::kSend));
}

TEST(CommandLine, TakesAnEmptyValueForNone) {
  EXPECT_EQ(text({"-u="}, OptionId::kUuid), "(none)");
  EXPECT_EQ(text({"-u", ""}, OptionId::kUuid), "(none)");
  EXPECT_EQ(text({"-u", "x", "-u="}, OptionId::kUuid), "(none)");
  EXPECT_FALSE(parse({"-t="})->duration(OptionId::kTimeout));
}

TEST(CommandLine, TakesTheLastOfARepeatedOption) {
  EXPECT_EQ(text({"-u", "x", "-u", "y"}, OptionId::kUuid), "y");
  EXPECT_FALSE(set({"-o", "-o=false"}, OptionId::kOnce));
  EXPECT_TRUE(set({"-o=false", "-o"}, OptionId::kOnce));
  EXPECT_EQ(text({"-u", "x", "--uuid", "y"}, OptionId::kUuid), "y");
}

TEST(CommandLine, ReadsGosBooleans) {
  EXPECT_TRUE(set({"-o"}, OptionId::kOnce));
  EXPECT_TRUE(set({"--once"}, OptionId::kOnce));
  for (const char* argument : {"-o=1", "-o=t", "-o=T", "-o=TRUE", "-o=true", "-o=True"}) {
    EXPECT_TRUE(set({argument}, OptionId::kOnce)) << argument;
  }
  for (const char* argument : {"-o=0", "-o=f", "-o=F", "-o=FALSE", "-o=false", "-o=False"}) {
    EXPECT_FALSE(set({argument}, OptionId::kOnce)) << argument;
  }
  for (const char* argument : {"-o=", "-o=yes", "-o=no", "-o=tRUE", "-o=2", "-o= true"}) {
    EXPECT_NE(error({argument}).find("is a boolean"), std::string::npos) << argument;
  }
}

TEST(CommandLine, GivesABooleanNoValueOfItsOwn) {
  EXPECT_TRUE(set({"-o", "false"}, OptionId::kOnce));
  EXPECT_EQ(rest({"-o", "false"}), "<false>");
}

TEST(CommandLine, StopsAtTheFirstArgumentThatIsNoOption) {
  EXPECT_EQ(rest({"-s", "hello", "-o", "-unknown"}), "<hello><-o><-unknown>");
  EXPECT_EQ(rest({"-s", "--", "-o", "--", "x"}), "<-o><--><x>");
  EXPECT_EQ(rest({"-s", "-", "-o"}), "<-><-o>");
  EXPECT_EQ(rest({"-s", "", "-o"}), "<><-o>");
  EXPECT_EQ(rest({"-s"}), "");
  EXPECT_EQ(rest({}), "");
}

TEST(CommandLine, KnowsNoBundling) {
  EXPECT_NE(error({"-or"}).find("unknown option \"-or\""), std::string::npos);
  EXPECT_NE(error({"-ux"}).find("unknown option \"-ux\""), std::string::npos);
}

TEST(CommandLine, RefusesOptionsThatThereAreNot) {
  for (const char* argument : {"-x", "--x", "---s", "-=x", "--=x", "-x=secret", "-S ", "--sen", "-\x1b[2J"}) {
    const std::string message = error({argument});
    EXPECT_EQ(message.find("unknown option \"-"), 0u) << message;
    EXPECT_EQ(message.find("secret"), std::string::npos);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
    EXPECT_NE(message.find("(see remaphore --help)"), std::string::npos);
  }
}

TEST(CommandLine, RefusesAnOptionWithoutItsValue) {
  EXPECT_EQ(error({"-u"}), "option -u needs a value (TEXT) (see remaphore --help)");
  EXPECT_EQ(error({"-s", "--config"}), "option --config needs a value (FILE) (see remaphore --help)");
}

TEST(CommandLine, ReadsDurations) {
  EXPECT_EQ(*parse({"-t", "1h2m3s4ms"})->duration(OptionId::kTimeout), Duration(3723004000000));
  EXPECT_EQ(*parse({"-t=0"})->duration(OptionId::kTimeout), Duration(0));
  EXPECT_FALSE(parse({})->duration(OptionId::kTimeout));
  EXPECT_NE(error({"-t", "5"}).find("option -t: not a duration"), std::string::npos);
  EXPECT_NE(error({"-t", "-1s"}).find("option -t must not be negative: \"-1s\""), std::string::npos);
  EXPECT_NE(error({"--script-timeout", "x"}).find("option --script-timeout: not a duration"), std::string::npos);
}

TEST(CommandLine, ReadsNumbersWithinTheirBounds) {
  EXPECT_EQ(parse({"--jobs", "1"})->number(OptionId::kJobs), 1u);
  EXPECT_EQ(parse({"--jobs=10000"})->number(OptionId::kJobs), 10000u);
  EXPECT_FALSE(parse({})->number(OptionId::kJobs));
  for (const char* argument : {"--jobs=0", "--jobs=-1", "--jobs=+1", "--jobs=1.5", "--jobs=10001", "--jobs=x",
                               "--jobs= 1", "--jobs=4294967297"}) {
    EXPECT_NE(error({argument}).find("takes a number from 1 to 10000"), std::string::npos) << argument;
  }
}

TEST(CommandLine, TellsWhatElseItUnderstoodOfALineWithAnError) {
  const char* const arguments[] = {"-s", "-zz", "-t", "x", "-o=maybe", "--json", "-u", "name", "word", "-q"};
  CommandLine understood;
  const auto line = CommandLine::parse(arguments, &understood);
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().message.find("\"-zz\""), std::string::npos) << line.error().message;  // the first
  EXPECT_TRUE(understood.is_set(OptionId::kSend));
  EXPECT_TRUE(understood.is_set(OptionId::kJson));
  EXPECT_EQ(understood.text(OptionId::kUuid), "name");
  EXPECT_FALSE(understood.is_set(OptionId::kOnce));
  EXPECT_FALSE(understood.text(OptionId::kTimeout));
  EXPECT_FALSE(understood.is_set(OptionId::kQuiet));
  EXPECT_EQ(understood.arguments().size(), 2u);
}

TEST(CommandLine, UnderstandsWhatIsBeforeAnOptionWithoutItsValue) {
  const char* const arguments[] = {"--json", "-u"};
  CommandLine understood;
  EXPECT_FALSE(CommandLine::parse(arguments, &understood));
  EXPECT_TRUE(understood.is_set(OptionId::kJson));
  EXPECT_TRUE(understood.arguments().empty());
}

// Every option of the table, by its every name.
TEST(CommandLine, KnowsTheWholeTable) {
  for (const Option& option : option_table()) {
    for (const std::string_view name : {option.short_name, option.long_name}) {
      if (name.empty()) continue;
      const std::string dashed = "--" + std::string(name);
      const char* value = option.takes_duration() ? "1s" : "1";
      if (option.takes_value()) {
        EXPECT_EQ(text({dashed.c_str(), value}, option.id), value) << name;
      } else {
        EXPECT_TRUE(set({dashed.c_str()}, option.id)) << name;
      }
    }
  }
}

}  // namespace
}  // namespace remaphore
