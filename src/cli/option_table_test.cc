#include "cli/option_table.h"

#include <gtest/gtest.h>

#include <set>

namespace remaphore {
namespace {

TEST(OptionTableTest, GivesEveryOptionAKindThatItsRowCanHave) {
  for (const Option& option : option_table()) {
    EXPECT_EQ(option.metavar.empty(), option.kind == ValueKind::kFlag) << option.long_name;
    EXPECT_EQ(option.choices.empty(), option.kind != ValueKind::kChoice) << option.long_name;
    const bool is_measured = option.kind == ValueKind::kNumber || option.kind == ValueKind::kDuration;
    EXPECT_TRUE(is_measured || !option.bounds.are_given()) << option.long_name;
    EXPECT_FALSE(option.help.empty()) << option.long_name;
  }
}

// An option needs others in modes that both belong to; else nothing would ever ask for them.
TEST(OptionTableTest, NamesOtherOptionsOfTheSameModes) {
  for (const Option& option : option_table()) {
    for (const OptionNames& names : {option.needs, option.not_with}) {
      for (const std::string_view name : names) {
        if (name.empty()) continue;
        const ModeSet modes = find_option(name)->modes;
        bool meet = false;
        for (unsigned mode = 0; mode <= static_cast<unsigned>(Mode::kVersion); ++mode) {
          meet = meet || (modes.has(static_cast<Mode>(mode)) && option.modes.has(static_cast<Mode>(mode)));
        }
        EXPECT_TRUE(meet) << option.long_name << " " << name;
      }
    }
  }
}

TEST(OptionTableTest, IsReadByLongNames) {
  EXPECT_EQ(&OptionRef("uuid").row(), find_option("u"));
  EXPECT_EQ(OptionRef("send").index(), 0u);
  EXPECT_EQ(OptionRef(*find_option("version")).index(), kOptionCount - 1);
}

TEST(OptionTableTest, NamesEveryOptionOnce) {
  std::set<std::string_view> names;
  for (const Option& option : option_table()) {
    EXPECT_FALSE(option.long_name.empty());
    EXPECT_LE(option.short_name.size(), 1u) << option.long_name;
    EXPECT_TRUE(names.insert(option.long_name).second) << option.long_name;
    if (!option.short_name.empty()) EXPECT_TRUE(names.insert(option.short_name).second) << option.short_name;
  }
}

TEST(OptionTableTest, FindsAnOptionByEitherName) {
  for (const Option& option : option_table()) {
    EXPECT_EQ(find_option(option.long_name), &option);
    if (!option.short_name.empty()) EXPECT_EQ(find_option(option.short_name), &option);
  }
}

TEST(OptionTableTest, FindsNothingByAnotherName) {
  for (const char* name : {"", "x", "S ", "sub", "-s", "sends", "C\n"}) EXPECT_EQ(find_option(name), nullptr) << name;
}

// The letters that scripts depend on.
TEST(OptionTableTest, KeepsTheLettersOfTheContract) {
  const std::pair<const char*, std::string_view> letters[] = {
      {"s", "send"},        {"r", "request"},         {"C", "example-config"}, {"c", "config"}, {"S", "subject"},
      {"D", "destination"}, {"d", "any-destination"}, {"p", "public-key"},     {"u", "uuid"},   {"v", "verb"},
      {"o", "once"},        {"t", "timeout"},         {"q", "quiet"},          {"h", "help"},
  };
  for (const auto& [letter, name] : letters) {
    const Option* option = find_option(letter);
    ASSERT_NE(option, nullptr) << letter;
    EXPECT_EQ(option->long_name, name) << letter;
  }
}

TEST(OptionTableTest, TellsBooleansFromValues) {
  for (const char* name : {"s", "r", "C", "d", "o", "q", "h", "verbose", "version"}) {
    EXPECT_FALSE(find_option(name)->takes_value()) << name;
  }
  for (const char* name : {"c", "S", "D", "p", "u", "v", "t"}) EXPECT_TRUE(find_option(name)->takes_value()) << name;
}

}  // namespace
}  // namespace remaphore
