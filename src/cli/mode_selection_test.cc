#include "cli/mode_selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "cli/sample_value_fixture.h"

namespace remaphore {
namespace {

using Arguments = std::initializer_list<const char*>;

Result<const ModeRow*> select(Arguments arguments) {
  const auto line = CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
  if (!line) return pass_on(line);
  return select_mode(*line);
}

std::string error_of(Arguments arguments) {
  const auto mode = select(arguments);
  if (mode) return "accepted";
  EXPECT_EQ(mode.error().code, Errc::kUsage);
  return mode.error().message;
}

Mode mode_of(Arguments arguments) {
  const auto mode = select(arguments);
  EXPECT_TRUE(mode) << mode.error().message;
  return mode ? (*mode)->mode : Mode::kHelp;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(ModeSelectionTest, SelectsAModeByItsOption) {
  EXPECT_EQ(mode_of({}), Mode::kReceive);
  EXPECT_EQ(mode_of({"command"}), Mode::kReceive);
  EXPECT_EQ(mode_of({"-s", "hi"}), Mode::kSend);
  EXPECT_EQ(mode_of({"--request"}), Mode::kRequest);
  EXPECT_EQ(mode_of({"-s=false"}), Mode::kReceive);
  EXPECT_EQ(mode_of({"-C"}), Mode::kExampleConfig);
  EXPECT_EQ(mode_of({"--check", "--ping"}), Mode::kCheck);
  EXPECT_EQ(mode_of({"-h"}), Mode::kHelp);
  EXPECT_EQ(mode_of({"--version"}), Mode::kVersion);
}

TEST(ModeSelectionTest, RefusesTwoModes) {
  EXPECT_EQ(error_of({"-s", "-r"}), "options -s and -r cannot be combined");
  EXPECT_EQ(error_of({"--check", "-s"}), "options -s and --check cannot be combined");
  EXPECT_EQ(error_of({"--check", "-r"}), "options -r and --check cannot be combined");
  EXPECT_EQ(error_of({"--check", "-C"}), "options -C and --check cannot be combined");
}

TEST(ModeSelectionTest, PrintsTheExampleConfigWhateverElseGoKnows) {
  EXPECT_EQ(mode_of({"-C", "-s", "-r", "-o", "-d", "words"}), Mode::kExampleConfig);
  EXPECT_TRUE(contains(error_of({"-C", "--jobs", "2"}), "--jobs"));
}

TEST(ModeSelectionTest, HelpsWhateverElseIsAskedFor) {
  EXPECT_EQ(mode_of({"--help", "-s", "-r", "--check", "--jobs", "3"}), Mode::kHelp);
  EXPECT_EQ(mode_of({"--version", "-C", "--ping", "words"}), Mode::kVersion);
}

TEST(ModeSelectionTest, IgnoresGoFlagsThatMeanNothingInTheMode) {
  for (const char* mode : {"-s", "-r", "--check", "-C"}) {
    for (const Option& option : option_table()) {
      if (option.in_other_modes == InOtherModes::kRefused || option.modes.has(Mode::kHelp)) continue;
      if (option.modes.has(Mode::kSend) || option.modes.has(Mode::kRequest) || option.short_name == "C") continue;
      const std::string given = "--" + std::string(option.long_name) + (option.takes_value() ? "=1" : "");
      EXPECT_EQ(error_of({mode, given.c_str()}), "accepted") << mode << " " << given;
    }
  }
}

bool selects_a_mode(const Option& option) {
  return std::any_of(mode_table().begin(), mode_table().end(),
                     [&option](const ModeRow& row) { return row.selector == &option; });
}

// Every option of ours in every mode that it does not belong to.
TEST(ModeSelectionTest, RefusesOurOptionsElsewhereAndNamesTheirMode) {
  std::size_t refused = 0;
  for (const ModeRow& mode : mode_table()) {
    if (mode.overrules == Overrules::kEverything) continue;
    const std::string selector = mode.selector == nullptr ? "-q"
                                                          : "--" + std::string(mode.selector->long_name) +
                                                                (mode.selector->takes_value() ? "=1" : "");
    for (const Option& option : option_table()) {
      if (option.in_other_modes == InOtherModes::kIgnored || option.modes.has(mode.mode)) continue;
      if (mode.selector == nullptr && selects_a_mode(option)) continue;
      const std::string given =
          "--" + std::string(option.long_name) + (option.takes_value() ? "=" + sample_value(option) : "");
      const std::string error = error_of({selector.c_str(), given.c_str()});
      EXPECT_TRUE(contains(error, option.long_name)) << selector << " " << given << ": " << error;
      EXPECT_TRUE(contains(error, " is only for ") || contains(error, " cannot be combined"))
          << selector << " " << given << ": " << error;
      ++refused;
    }
  }
  EXPECT_GT(refused, 40u);
  EXPECT_EQ(error_of({"-s", "--gather"}), "option --gather is only for -r (see remaphore --help)");
  EXPECT_EQ(error_of({"--stdin"}), "option --stdin is only for -s and -r (see remaphore --help)");
  EXPECT_EQ(error_of({"-r", "--jobs=2"}), "option --jobs is only for receiving (see remaphore --help)");
  EXPECT_EQ(error_of({"--ping"}), "option --ping is only for --check (see remaphore --help)");
  EXPECT_EQ(error_of({"--who", "--yes"}),
            "option --yes is only for -s, -r, --arrive and --break (see remaphore --help)");
  EXPECT_EQ(error_of({"-s", "--gather=false"}), "accepted");
}

TEST(ModeSelectionTest, RefusesOptionsWithoutThoseThatTheyNeed) {
  EXPECT_EQ(error_of({"-r", "--max-fail", "1"}), "option --max-fail needs --batch");
  EXPECT_EQ(error_of({"-r", "--order", "name"}), "option --order needs --batch");
  EXPECT_EQ(error_of({"-r", "--order", "name", "--batch", "1"}), "accepted");
  EXPECT_EQ(error_of({"--any-status", "run"}), "option --any-status needs --count or --from");
  EXPECT_EQ(error_of({"--any-status", "--from", "x"}), "option --any-status needs a command");
  EXPECT_EQ(error_of({"--any-status", "--from", "x", "run"}), "accepted");
  EXPECT_EQ(error_of({"--payload-file", "f"}), "option --payload-file is only for -s, -r and --arrive");
  EXPECT_EQ(error_of({"-s", "--payload-file", "f", "--yes"}), "accepted");
  EXPECT_EQ(error_of({"--progress", "never"}), "option --progress is only for -r, --count and --from");
}

TEST(ModeSelectionTest, RefusesOptionsThatContradictEachOther) {
  EXPECT_EQ(error_of({"--lock", "x", "--no-wait", "--wait", "1s"}), "options --no-wait and --wait cannot be combined");
  EXPECT_EQ(error_of({"-r", "--json", "--gather"}), "options --json and --gather cannot be combined");
  EXPECT_EQ(error_of({"-o", "--from", "x"}), "options -o and --count or --from cannot be combined");
  for (const char* mode : {"-s", "-r", "-q", "--who"}) {
    EXPECT_EQ(error_of({mode, "-d", "-D", "x"}), "options -d and -D cannot be combined") << mode;
  }
  EXPECT_EQ(error_of({"-C", "-d", "-D", "x"}), "accepted");
}

TEST(ModeSelectionTest, RefusesOperandsWhereThereAreNone) {
  EXPECT_EQ(error_of({"--check", "x.conf"}), "--check takes no arguments, such as \"x.conf\" (see remaphore --help)");
}

}  // namespace
}  // namespace remaphore
