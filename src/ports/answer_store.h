// Keeps the answer of each node (--out-dir).
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"

namespace remaphore {

class AnswerStore {
 public:
  virtual ~AnswerStore() = default;
  // Called again for a node: the later answer takes the place of the earlier one.
  virtual void keep(std::string_view destination, std::string_view exit_status, std::string_view output) = 0;
  // Errc::kRuntime once an answer could not be kept.
  virtual std::optional<Error> failure() const = 0;
};

}  // namespace remaphore
