// The error line for a stream that cannot be used: the reason, and the command of remaphore-fleet that fixes it.
#pragma once

#include <string>
#include <string_view>

#include "jetstream/answer.h"

namespace remaphore {

// One line. `subject` is the whole subject of the messages that `stream` should keep.
std::string stream_trouble(const jetstream::Failure& failure, std::string_view stream, std::string_view subject);

}  // namespace remaphore
