// Files and folders that appear complete or not at all: created under another name with their final mode, synced, then
// renamed. Errors name the path: Errc::kUsage if the place cannot be used (missing, not permitted), else
// Errc::kRuntime.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore::fleet {

// A new file in a folder that is being made: not synced. Errc::kUsage if the name exists.
Result<void> write_new(const std::string& path, std::string_view text, mode_t mode);

struct Rewrite {
  std::string_view path, text;
  mode_t fresh = 0;  // of a file that does not exist yet; 0: it must exist
};

enum class Owner {
  kKeptIfPermitted,  // else the file becomes ours
  kKept,             // else it is an error
};

// Replaces existing files, each of which keeps its mode and its owner, and makes those that may be missing. All are
// written and synced before the first is renamed, so that a full disk changes none.
Result<void> rewrite(const std::vector<Rewrite>& files, Owner owner = Owner::kKeptIfPermitted);

// Errc::kConfig if it cannot be read or is longer than `limit` bytes.
Result<std::string> read_whole(const std::string& path, std::size_t limit);

Result<void> make_folder(const std::string& path, mode_t mode);
// Whether files can be created and replaced in these folders: check before the first change.
Result<void> check_writable(const std::vector<std::string>& folders);
bool exists(const std::string& path);  // anything, a dangling link too

// The path without slashes at its end, and the folder it is in.
std::string without_slashes(std::string path);
std::string parent_of(const std::string& path);
// The absolute path; as far as it exists, without symbolic links.
std::string absolute_path(const std::string& path);

// A folder made beside its final place, with a random name; removed with its content unless it was put in place.
class StagedFolder {
 public:
  static Result<StagedFolder> make(const std::string& final_path, mode_t mode);
  StagedFolder(StagedFolder&& other) noexcept;
  StagedFolder& operator=(StagedFolder&&) = delete;
  ~StagedFolder();

  const std::string& path() const { return path_; }
  // Synced. Errc::kUsage if there is anything but an empty folder at the final path.
  Result<void> put_in_place();

 private:
  StagedFolder(std::string path, std::string final_path);
  std::string path_, final_path_;
};

}  // namespace remaphore::fleet
