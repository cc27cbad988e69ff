// A random choice, for --limit and --order random.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace remaphore {

// A random permutation.
std::vector<std::string> shuffled(std::vector<std::string> names);

// A random subset of `count` names, in their original order. `names` has at least as many.
std::vector<std::string> sample(std::vector<std::string> names, std::size_t count);

}  // namespace remaphore
