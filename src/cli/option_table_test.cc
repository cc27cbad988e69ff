#include "cli/option_table.h"

#include <gtest/gtest.h>

#include <set>

namespace remaphore {
namespace {

TEST(OptionTable, HasEveryOptionAtItsPlace) {
  ASSERT_EQ(option_table().size(), kOptionCount);
  std::set<OptionId> ids;
  for (const Option& option : option_table()) ids.insert(option.id);
  EXPECT_EQ(ids.size(), kOptionCount);
}

TEST(OptionTable, NamesEveryOptionOnce) {
  std::set<std::string_view> names;
  for (const Option& option : option_table()) {
    EXPECT_FALSE(option.long_name.empty());
    EXPECT_LE(option.short_name.size(), 1u) << option.long_name;
    EXPECT_TRUE(names.insert(option.long_name).second) << option.long_name;
    if (!option.short_name.empty()) EXPECT_TRUE(names.insert(option.short_name).second) << option.short_name;
  }
}

TEST(OptionTable, FindsAnOptionByEitherName) {
  for (const Option& option : option_table()) {
    EXPECT_EQ(find_option(option.long_name), &option);
    if (!option.short_name.empty()) EXPECT_EQ(find_option(option.short_name), &option);
  }
}

TEST(OptionTable, FindsNothingByAnotherName) {
  for (const char* name : {"", "x", "S ", "sub", "-s", "sends", "C\n"}) EXPECT_EQ(find_option(name), nullptr) << name;
}

// The letters that scripts depend on.
TEST(OptionTable, KeepsTheLettersOfTheContract) {
  const std::pair<const char*, OptionId> letters[] = {
      {"s", OptionId::kSend},           {"r", OptionId::kRequest},   {"C", OptionId::kExampleConfig},
      {"c", OptionId::kConfig},         {"S", OptionId::kSubject},   {"D", OptionId::kDestination},
      {"d", OptionId::kAnyDestination}, {"p", OptionId::kPublicKey}, {"u", OptionId::kUuid},
      {"v", OptionId::kVerb},           {"o", OptionId::kOnce},      {"t", OptionId::kTimeout},
      {"q", OptionId::kQuiet},          {"h", OptionId::kHelp},
  };
  for (const auto& [letter, id] : letters) {
    const Option* option = find_option(letter);
    ASSERT_NE(option, nullptr) << letter;
    EXPECT_EQ(option->id, id) << letter;
  }
}

TEST(OptionTable, TellsBooleansFromValues) {
  for (const char* name : {"s", "r", "C", "d", "o", "q", "h", "verbose", "version"}) {
    EXPECT_FALSE(find_option(name)->takes_value()) << name;
  }
  for (const char* name : {"c", "S", "D", "p", "u", "v", "t"}) EXPECT_TRUE(find_option(name)->takes_value()) << name;
}

TEST(OptionTable, HelpNamesEveryOptionAndEveryMode) {
  const std::string help = help_text();
  for (const Option& option : option_table()) {
    EXPECT_NE(help.find("--" + std::string(option.long_name)), std::string::npos) << option.long_name;
    EXPECT_NE(help.find(option.help), std::string::npos) << option.long_name;
  }
  for (const char* mode : {"remaphore -s", "remaphore -r", "remaphore    [options]", "remaphore -C", "exit status"}) {
    EXPECT_NE(help.find(mode), std::string::npos) << mode;
  }
}

}  // namespace
}  // namespace remaphore
