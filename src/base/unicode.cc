#include "base/unicode.h"

#include <algorithm>
#include <iterator>

namespace remaphore {
namespace {

struct CodePoints {
  std::uint32_t first, last;
};

// Ranges in ascending order.
constexpr CodePoints kInvisible[] = {
    {0x0080, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x0600, 0x0605},   {0x061c, 0x061c},
    {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
    {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

}  // namespace

bool is_invisible(std::uint32_t code) {
  const auto range = std::lower_bound(std::begin(kInvisible), std::end(kInvisible), code,
                                      [](CodePoints one, std::uint32_t value) { return one.last < value; });
  return range != std::end(kInvisible) && code >= range->first;
}

}  // namespace remaphore
