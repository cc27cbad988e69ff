// Every fuzz target over its committed inputs, and over simple mutants of them, without libFuzzer. A target without
// inputs fails: a fuzz test that tests nothing would look like one that finds nothing.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

using RunInput = int(const std::uint8_t* data, std::size_t size);
#define TARGET(name) extern "C" RunInput fuzz_##name;
#include "fuzz_targets.inc"
#undef TARGET

namespace remaphore {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  RunInput* run;
};
constexpr Target kTargets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef TARGET
};

constexpr int kMutantsOfAnInput = 30;

// The inputs in the order of their names. Throws if there is none.
std::vector<std::string> inputs_in(const fs::path& folder) {
  std::set<fs::path> paths;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_regular_file()) paths.insert(entry.path());
    }
  }
  if (paths.empty()) throw std::runtime_error(fmt::format("no inputs in {}", folder.string()));
  std::vector<std::string> inputs;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.string()));
  }
  return inputs;
}

void run(const Target& target, const std::string& input) {
  target.run(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutant_of(std::string input, const std::string& other, std::mt19937_64& random) {
  const auto below = [&random](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const std::size_t at = below(input.size() + 1);
  switch (below(4)) {
    case 0: input.resize(at); break;
    case 1: input.insert(at, 1, static_cast<char>(below(256))); break;
    case 2: input.insert(at, other.substr(below(other.size() + 1))); break;
    default:
      if (at < input.size()) input[at] = static_cast<char>(below(256));
  }
  return input;
}

class CorpusTest : public testing::TestWithParam<Target> {};

// A violated property aborts: the test only has to return.
TEST_P(CorpusTest, KeepsEveryPromise) {
  const std::vector<std::string> inputs = inputs_in(fs::path(REMAPHORE_CORPUS) / GetParam().name);
  for (const std::string& input : inputs) run(GetParam(), input);
  SUCCEED() << inputs.size();
}

TEST_P(CorpusTest, KeepsEveryPromiseForItsMutants) {
  const std::vector<std::string> inputs = inputs_in(fs::path(REMAPHORE_CORPUS) / GetParam().name);
  std::mt19937_64 random(1);
  for (const std::string& input : inputs) {
    for (int i = 0; i < kMutantsOfAnInput; ++i) {
      run(GetParam(), mutant_of(input, inputs[static_cast<std::size_t>(random() % inputs.size())], random));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, CorpusTest, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

TEST(CorpusFolderTest, BelongsToATarget) {
  std::set<std::string> folders, names;
  for (const auto& entry : fs::directory_iterator(REMAPHORE_CORPUS)) folders.insert(entry.path().filename().string());
  for (const Target& target : kTargets) names.insert(target.name);
  EXPECT_EQ(folders, names);
}

TEST(CorpusFolderTest, IsAnErrorWhenMissingOrEmpty) {
  const fs::path folder = fs::path(testing::TempDir()) / fmt::format("remaphore-corpus-{}", std::random_device()());
  EXPECT_THROW(inputs_in(folder), std::runtime_error);
  fs::create_directory(folder);
  EXPECT_THROW(inputs_in(folder), std::runtime_error);
  std::ofstream(folder / "one").put('x');
  EXPECT_EQ(inputs_in(folder), std::vector<std::string>{"x"});
  fs::remove_all(folder);
}

TEST(CorpusDeathTest, ABrokenPromiseEndsTheRun) {
  fuzz::require(true, "kept");
  EXPECT_DEATH(fuzz::require(false, "two is one"), "broken promise: two is one");
}

}  // namespace
}  // namespace remaphore
