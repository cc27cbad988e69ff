// Files that we write, perhaps as root, where other users have folders too. What a path leads through (folders, links, the
// file itself) has to belong to us or to root, and a folder that anybody may write has to be sticky (/tmp): then nobody
// else can lead us to another file, now or later.
#pragma once

#include <string>

#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore {

// Whether there is something at `path`. Errc::kUsage, "NAME belongs to ...", if somebody else could replace it.
Result<bool> is_there_and_trusted(const std::string& path);

// For appending; made with mode 0640 if it is missing. Errc::kUsage: without the path in front.
Result<Descriptor> open_for_appending(const std::string& path);

// A folder that is ours alone to write; made with mode 0700 if it is missing. Errc::kUsage: likewise.
Result<Descriptor> open_own_folder(const std::string& path);

// A file of ours in such a folder, no link. With O_CREAT in `flags`, mode 0600. An empty descriptor: see errno.
Descriptor open_own_file(const Descriptor& folder, const char* name, int flags);

}  // namespace remaphore
