#include "io/memory_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace remaphore {
namespace {

std::size_t machine() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) : SIZE_MAX;
}

std::size_t resource(int which) {
  rlimit limit{};
  return getrlimit(static_cast<__rlimit_resource>(which), &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
             ? limit.rlim_cur
             : SIZE_MAX;
}

// The least of the group's own limit and those of the groups around it.
std::size_t control_group() {
  std::ifstream groups("/proc/self/cgroup");
  std::string path;
  while (std::getline(groups, path) && path.rfind("0::", 0) != 0) path.clear();
  std::size_t least = SIZE_MAX;
  for (path.erase(0, std::min<std::size_t>(3, path.size())); !path.empty(); path.erase(path.rfind('/'))) {
    std::ifstream file("/sys/fs/cgroup" + path + "/memory.max");
    if (std::size_t bytes = 0; file >> bytes) least = std::min(least, bytes);  // else "max", or not there
    if (path.rfind('/') == std::string::npos) break;
  }
  std::ifstream outermost("/sys/fs/cgroup/memory.max");  // of a container, whose group is the root that it sees
  if (std::size_t bytes = 0; outermost >> bytes) least = std::min(least, bytes);
  return least;
}

}  // namespace

std::size_t memory_limit() {
  return std::min({machine(), resource(RLIMIT_AS), resource(RLIMIT_DATA), control_group()});
}

}  // namespace remaphore
