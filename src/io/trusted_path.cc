#include "io/trusted_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/redact.h"
#include "io/path_walk.h"

namespace remaphore {
namespace {

Unexpected<Error> failed(std::string what) { return fail(Errc::kUsage, std::move(what)); }

bool is_ours_or_roots(const struct stat& status) { return status.st_uid == 0 || status.st_uid == geteuid(); }

// Empty: nobody else can replace it or its content.
std::string doubt(const PathStep& step, bool in_shared_folder) {
  const struct stat& status = step.status;
  const std::string place = display_path(step.folder == "/" ? "/" + step.name : step.folder + "/" + step.name);
  if (!is_ours_or_roots(status)) {
    return fmt::format("{} belongs to another user (uid {}), who could put something else in its place", place,
                       status.st_uid);
  }
  if (S_ISDIR(status.st_mode) && (status.st_mode & S_IWOTH) && !(status.st_mode & S_ISVTX)) {
    return fmt::format("anybody may write to the folder {} and replace it", place);
  }
  if (S_ISREG(status.st_mode) && in_shared_folder && status.st_nlink > 1) {
    return fmt::format("{} has a second hard link, and anybody may write to its folder", place);
  }
  return {};
}

}  // namespace

Result<bool> is_there_and_trusted(const std::string& path) {
  const auto steps = walk_path(path);
  if (steps.empty()) return failed(std::strerror(errno));
  bool in_shared_folder = false;
  for (const PathStep& step : steps) {
    if (step.status.st_mode == 0) return false;
    if (std::string why = doubt(step, in_shared_folder); !why.empty()) return failed(std::move(why));
    if (S_ISDIR(step.status.st_mode)) in_shared_folder = (step.status.st_mode & S_IWOTH) != 0;
  }
  return true;
}

Result<Descriptor> open_for_appending(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const auto there = is_there_and_trusted(path);
  if (!there) return pass_on(there);
  Descriptor file(open(path.c_str(), *there ? kFlags : kFlags | O_CREAT | O_EXCL, 0640));
  if (!file) return failed(std::strerror(errno));
  if (!*there) fchmod(file.get(), 0640);  // whatever the umask
  return file;
}

Result<Descriptor> open_own_folder(const std::string& path) {
  auto there = is_there_and_trusted(path);
  if (there && !*there) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return failed(fmt::format("cannot create it: {}", std::strerror(errno)));
    }
    there = is_there_and_trusted(path);
  }
  if (!there) return pass_on(there);
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!folder || fstat(folder.get(), &status) != 0) {
    return failed(fmt::format("cannot open it: {}", std::strerror(errno)));
  }
  if (status.st_uid != geteuid()) {
    return failed(fmt::format("it belongs to another user (uid {}); chown it or choose another", status.st_uid));
  }
  if (status.st_mode & (S_IWGRP | S_IWOTH)) {
    return failed(fmt::format("it is writable by others (mode {:04o}); run chmod go-w", status.st_mode & 07777));
  }
  return folder;
}

Descriptor open_own_file(const Descriptor& folder, const char* name, int flags) {
  Descriptor file(openat(folder.get(), name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return Descriptor();
  if (S_ISREG(status.st_mode) && status.st_uid == geteuid()) return file;
  errno = S_ISREG(status.st_mode) ? EPERM : EINVAL;
  return Descriptor();
}

}  // namespace remaphore
