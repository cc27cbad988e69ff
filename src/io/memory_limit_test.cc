#include "io/memory_limit.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace remaphore {
namespace {

// The limits of a process cannot be tested here: the sanitizers need more memory than any of them allows.
TEST(MemoryLimitTest, IsNoMoreThanWhatTheMachineHas) {
  const auto machine = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(getpagesize());
  EXPECT_LE(memory_limit(), machine);
  EXPECT_GT(memory_limit(), std::size_t{16} << 20);
}

}  // namespace
}  // namespace remaphore
