// A file that is written once, whole (--left): under a temporary name in the same folder, then renamed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace remaphore {

class WholeFile {
 public:
  // Errc::kUsage, naming the file: no file can be made there, or something other than a regular file has that name.
  static Result<WholeFile> prepare(const std::string& path);

  // Replaces what is there. Errc::kRuntime, naming the file.
  Result<void> write(std::string_view text) const;

 private:
  explicit WholeFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

// In as many writes as it takes. False: see errno.
bool write_all(int fd, std::string_view text);

// kYes: the file is on the disk when it appears, which takes milliseconds.
enum class Synced { kNo, kYes };

// The same for a name in an open folder. False: see errno.
bool write_whole(int folder, const std::string& name, std::string_view text, Synced synced);

}  // namespace remaphore
