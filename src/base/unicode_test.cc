#include "base/unicode.h"

#include <gtest/gtest.h>

#include <utility>

namespace remaphore {
namespace {

// From the Unicode Character Database: general categories Cf, Zl, Zp.
TEST(UnicodeTest, HidesEveryFormatCharacterAndSeparator) {
  const std::pair<std::uint32_t, std::uint32_t> ranges[] = {
      {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
      {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
      {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
      {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001},
      {0xe0020, 0xe007f}};
  for (const auto& [first, last] : ranges) {
    for (std::uint32_t code = first; code <= last; ++code) EXPECT_TRUE(is_invisible(code)) << std::hex << code;
  }
  for (std::uint32_t code = 0x80; code < 0xa0; ++code) EXPECT_TRUE(is_invisible(code)) << std::hex << code;
}

TEST(UnicodeTest, ShowsTheRest) {
  for (std::uint32_t code = 0; code < 0x80; ++code) EXPECT_FALSE(is_invisible(code)) << code;
  for (const std::uint32_t code : {0xa0, 0xac, 0xae, 0xff, 0x301, 0x606, 0x2010, 0x2027, 0x202f, 0x2070, 0x20ac, 0x3000,
                                   0xfe0f, 0xfffc, 0xfffd, 0x1f600, 0xdffff, 0xe1000, 0x10ffff}) {
    EXPECT_FALSE(is_invisible(code)) << std::hex << code;
  }
}

}  // namespace
}  // namespace remaphore
