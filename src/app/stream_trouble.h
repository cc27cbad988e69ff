// What a user is told when a stream cannot be used: which of the possible reasons it is, and the command of
// remaphore-fleet that puts it right.
#pragma once

#include <string>
#include <string_view>

#include "jetstream/answer.h"

namespace remaphore {

// One line. `subject` is the whole subject of the messages that `stream` should keep.
std::string stream_trouble(const jetstream::Failure& failure, std::string_view stream, std::string_view subject);

}  // namespace remaphore
