// The components of a path: every folder, every symbolic link and the last name, each with its containing folder.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace remaphore {

struct PathStep {
  std::string folder;  // absolute, without links in it
  std::string name;    // in `folder`
  struct stat status;  // of the name itself, not of what a link points to; st_mode 0: it does not exist
};

// The components in the order of the walk, at most 40 links as in the kernel. A missing component (st_mode 0) ends the
// walk. Empty: the current folder is unknown.
std::vector<PathStep> walk_path(const std::string& path);

}  // namespace remaphore
