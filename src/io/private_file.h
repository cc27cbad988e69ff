// Reading the files that hold secrets: the config and the credentials. Permissions are judged on the opened file.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace remaphore {

struct PrivateFile {
  std::vector<char> text;  // the caller wipes it
  std::string warning;     // others may read it, or group or others may write it; empty: neither
};

// Errc::kConfig, naming the file, if it cannot be read or has more than `limit` bytes.
Result<PrivateFile> read_private_file(const std::string& path, std::size_t limit);

// The warning alone, for a file that somebody else will read. Errc::kConfig if it cannot be opened.
Result<std::string> check_private_file(const std::string& path);

}  // namespace remaphore
