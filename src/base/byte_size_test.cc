#include "base/byte_size.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(ByteSizeTest, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(format_byte_size(0), "0 bytes");
  EXPECT_EQ(format_byte_size(1023), "1023 bytes");
  EXPECT_EQ(format_byte_size(1536), "1.5 KiB");
  EXPECT_EQ(format_byte_size(64 << 20), "64 MiB");
  EXPECT_EQ(format_byte_size(std::int64_t{64} << 40), "64 TiB");
}

}  // namespace
}  // namespace remaphore
