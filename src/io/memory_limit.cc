#include "io/memory_limit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "io/descriptor.h"

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

// The beginning of a kernel file; empty if it cannot be read.
std::string read_start(const std::string& path) {
  std::string text(4096, '\0');
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = file ? read(file.get(), text.data(), text.size()) : 0;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

// The limit in memory.max of this folder; SIZE_MAX: "max", or no such file.
std::size_t group_limit(const std::string& folder) {
  const std::string text = read_start(folder + "/memory.max");
  std::size_t bytes = SIZE_MAX;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

// The least of the group's own limit and those of the groups around it. The outermost is read too: in a container it
// is the group that the container sees as the root.
std::size_t control_group() {
  const std::string groups = "\n" + read_start("/proc/self/cgroup");
  constexpr std::string_view kVersion2 = "\n0::";
  std::string path;
  if (const std::size_t line = groups.find(kVersion2); line != std::string::npos) {
    const std::size_t start = line + kVersion2.size();
    path = groups.substr(start, groups.find('\n', start) - start);
  }
  std::size_t least = group_limit("/sys/fs/cgroup");
  while (!path.empty()) {
    least = std::min(least, group_limit("/sys/fs/cgroup" + path));
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
  return least;
}

}  // namespace

std::size_t memory_limit() {
  return std::min({machine(), resource(RLIMIT_AS), resource(RLIMIT_DATA), control_group()});
}

}  // namespace remaphore
