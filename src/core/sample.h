// A random choice, for --limit and --order random.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace remaphore {

// In an order in which each is as likely as any other.
std::vector<std::string> shuffled(std::vector<std::string> names);

// `count` of `names`, which has at least as many, in their order; each set of that size is as likely as any other.
std::vector<std::string> sample(std::vector<std::string> names, std::size_t count);

}  // namespace remaphore
