// Reading the files that hold secrets: the config and the credentials. Permissions are judged on the opened file.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace remaphore {

struct PrivateFile {
  std::vector<char> text;  // the caller must wipe it
  std::string warning;     // it is readable by others, or writable by group or others; empty: neither
};

// Errc::kConfig, naming the file, if it cannot be read or has more than `limit` bytes. If it is not a regular file (a
// shell's <(...) pipe, say), waits for it until `deadline`; signals that end the process still do so meanwhile.
Result<PrivateFile> read_private_file(const std::string& path, std::size_t limit, Deadline deadline);
Result<PrivateFile> read_private_file(const std::string& path, std::size_t limit);  // waits at most 5 seconds

// The warning alone, for a file that other code reads. Errc::kConfig if it cannot be opened.
Result<std::string> check_private_file(const std::string& path);

}  // namespace remaphore
