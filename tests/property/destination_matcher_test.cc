// destination::matches against the oracle for every pair of a name and a pattern up to a length, over an alphabet with
// every element of a pattern. REMAPHORE_PATTERN_LENGTH sets the length.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/destination.h"
#include "property/destination_oracle.h"

namespace remaphore::test {
namespace {

constexpr std::string_view kAlphabet = "ab.*";
constexpr int kDefaultLength = 4;
constexpr int kLongest = 7;  // half a billion pairs

int length_wanted() {
  const char* text = std::getenv("REMAPHORE_PATTERN_LENGTH");
  if (text == nullptr) return kDefaultLength;
  const std::string_view digit = text;
  const int length = digit.size() == 1 ? digit[0] - '0' : 0;
  EXPECT_TRUE(length >= 1 && length <= kLongest)
      << "REMAPHORE_PATTERN_LENGTH is not a number from 1 to " << kLongest << ": " << text;
  return length;
}

// All texts of up to `length` characters, the shortest first.
std::vector<std::string> all_texts(int length) {
  std::vector<std::string> texts(1);
  std::size_t from = 0;
  for (int size = 1; size <= length; ++size) {
    const std::size_t to = texts.size();
    for (; from < to; ++from) {
      for (const char c : kAlphabet) texts.push_back(texts[from] + c);
    }
  }
  return texts;
}

TEST(DestinationMatcherTest, AgreesWithTheOracleOnEveryShortPair) {
  const int length = length_wanted();
  ASSERT_FALSE(HasFailure());
  const std::vector<std::string> texts = all_texts(length);
  std::vector<oracle::Segments> segments;
  for (const std::string& text : texts) segments.push_back(oracle::segments_of(text));

  std::size_t matching = 0, wrong = 0;
  for (std::size_t name = 0; name < texts.size(); ++name) {
    for (std::size_t pattern = 0; pattern < texts.size(); ++pattern) {
      const bool expected = oracle::matches(segments[name], segments[pattern]);
      matching += expected ? 1 : 0;
      if (destination::matches(texts[name], texts[pattern]) == expected) continue;
      if (++wrong <= 10) {
        ADD_FAILURE() << "name \"" << texts[name] << "\", pattern \"" << texts[pattern] << "\": should be " << expected;
      }
    }
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(matching, 0u);
  RecordProperty("pairs", std::to_string(texts.size() * texts.size()));
}

}  // namespace
}  // namespace remaphore::test
