#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace remaphore {
namespace {

constexpr const char* kLong = "no such file or directory: a line that does not fit into a small string";

TEST(ResultTest, AnErrorIsPassedOnToAResultOfAnotherType) {
  Result<std::string> read = fail(Errc::kConfig, kLong);
  const Result<int> passed = pass_on(read);
  EXPECT_EQ(passed.error().code, Errc::kConfig);
  EXPECT_EQ(passed.error().message, kLong);
  EXPECT_EQ(read.error().message, "") << "moved";
}

TEST(ResultTest, AnErrorOfAConstResultIsCopied) {
  const Result<void> done = fail(Errc::kRuntime, kLong);
  const Result<int> passed = pass_on(done);
  EXPECT_EQ(passed.error().message, kLong);
  EXPECT_EQ(done.error().message, kLong);
}

TEST(ResultTest, AnErrorOfAnotherKindStaysOne) {
  Result<int, std::unique_ptr<int>> read = Unexpected<std::unique_ptr<int>>(std::make_unique<int>(5));
  const Result<void, std::unique_ptr<int>> passed = pass_on(read);
  EXPECT_EQ(*passed.error(), 5);
}

}  // namespace
}  // namespace remaphore
