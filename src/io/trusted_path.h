// Files that we write, perhaps as root, where other users have folders too. Everything on a path (folders, links, the
// file itself) must belong to us or to root, and a world-writable folder must be sticky (/tmp): then nobody else can
// redirect us to another file, now or later.
#pragma once

#include <string>

#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore {

// Whether `path` exists. Errc::kUsage, "NAME belongs to ...", if another user could replace it.
Result<bool> is_there_and_trusted(const std::string& path);

// A file for appending; created with mode 0640 if missing. Errc::kUsage: without the path in front.
Result<Descriptor> open_for_appending(const std::string& path);

// A folder that only we can write to; created with mode 0700 if missing. Errc::kUsage: as for open_for_appending().
Result<Descriptor> open_own_folder(const std::string& path);

// A file of ours in such a folder, not a link. With O_CREAT in `flags`, mode 0600. An empty descriptor: see errno.
Descriptor open_own_file(const Descriptor& folder, const char* name, int flags);

}  // namespace remaphore
