// destination::matches against the oracle for every pair of a name and a pattern up to a length, over an alphabet that
// holds all that a pattern can say. usage: matcher_exhaustive [LENGTH, default 6]

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/destination.h"
#include "exhaustive/destination_oracle.h"

namespace {

constexpr std::string_view kAlphabet = "ab.*";
constexpr int kLongest = 7;  // half a billion pairs

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

}  // namespace

int main(int argc, char** argv) {
  const int length = argc > 1 ? std::atoi(argv[1]) : 6;
  if (argc > 2 || length < 1 || length > kLongest) {
    fmt::print(stderr, "usage: matcher_exhaustive [LENGTH from 1 to {}]\n", kLongest);
    return 2;
  }
  const std::vector<std::string> texts = all_texts(length);
  std::vector<remaphore::oracle::Segments> segments;
  for (const std::string& text : texts) segments.push_back(remaphore::oracle::segments_of(text));

  std::size_t pairs = 0, matching = 0, wrong = 0;
  for (std::size_t name = 0; name < texts.size(); ++name) {
    for (std::size_t pattern = 0; pattern < texts.size(); ++pattern) {
      const bool expected = remaphore::oracle::matches(segments[name], segments[pattern]);
      ++pairs;
      matching += expected ? 1 : 0;
      if (remaphore::destination::matches(texts[name], texts[pattern]) == expected) continue;
      if (++wrong <= 10) {
        fmt::print("name \"{}\", pattern \"{}\": should be {}\n", texts[name], texts[pattern], expected);
      }
    }
  }
  fmt::print("matcher: {} pairs up to length {}, {} of them match, {} wrong\n", pairs, length, matching, wrong);
  return wrong == 0 && matching > 0 ? 0 : 1;
}
