// Observes a listener that waits at a barrier.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace remaphore {

class BarrierView {
 public:
  virtual ~BarrierView() = default;
  // The wait begins: for `expected` nodes, of `named` ones if there are any, until `timeout` (-t; nullopt: for ever).
  virtual void awaited(const std::vector<std::string_view>& named, std::size_t expected,
                       std::optional<Duration> timeout) = 0;
  // Of a message of an expected node; `counted`: the node has arrived.
  virtual void outcome(std::string_view node, int exit_status, bool counted) = 0;
  // The last call.
  virtual void ended(bool complete) = 0;
};

}  // namespace remaphore
