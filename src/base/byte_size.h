// Numbers of bytes for people.
#pragma once

#include <cstdint>
#include <string>

namespace remaphore {

// "64 MiB", "1.5 KiB", "7 bytes".
std::string format_byte_size(std::int64_t bytes);

}  // namespace remaphore
