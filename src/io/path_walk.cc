#include "io/path_walk.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace remaphore {
namespace {

constexpr int kMaxLinks = 40;

// The first name of `rest`, which is cut off with the slashes around it.
std::string take_name(std::string& rest) {
  const std::size_t begin = rest.find_first_not_of('/');
  if (begin == std::string::npos) return rest.clear(), std::string();
  const std::size_t end = std::min(rest.find('/', begin), rest.size());
  std::string name = rest.substr(begin, end - begin);
  rest.erase(0, std::min(rest.find_first_not_of('/', end), rest.size()));
  return name;
}

std::string parent_of(const std::string& folder) {
  const std::size_t slash = folder.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : folder.substr(0, slash);
}

}  // namespace

std::vector<PathStep> walk_path(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  std::string folder = "/", rest = path;
  if (path.empty() || path.front() != '/') {
    if (getcwd(buffer.data(), buffer.size()) == nullptr) return {};
    rest = std::string(buffer.data()) + "/" + path;
  }
  std::vector<PathStep> steps;
  int links = 0;
  for (std::string name = take_name(rest); !name.empty(); name = take_name(rest)) {
    if (name == ".") continue;
    if (name == "..") {
      folder = parent_of(folder);
      continue;
    }
    PathStep step{folder, name, {}};
    const std::string place = folder == "/" ? "/" + name : folder + "/" + name;
    const bool there = lstat(place.c_str(), &step.status) == 0;
    if (!there) step.status.st_mode = 0;
    const bool link = there && S_ISLNK(step.status.st_mode);
    steps.push_back(step);
    if (!there) return steps;
    if (!link) {
      folder = place;
      continue;
    }
    const ssize_t size = readlink(place.c_str(), buffer.data(), buffer.size());
    if (size <= 0 || ++links > kMaxLinks) return steps;
    const std::string target(buffer.data(), static_cast<std::size_t>(size));
    if (target.front() == '/') folder = "/";
    rest = rest.empty() ? target : target + "/" + rest;
  }
  return steps;
}

}  // namespace remaphore
