#include "io/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/redact.h"
#include "io/descriptor.h"

namespace remaphore {
namespace {

constexpr int kMaxTries = 100;

// A new file in `folder`, and its name.
Descriptor make_temporary(int folder, std::string& name) {
  for (int i = 0; i < kMaxTries; ++i) {
    name = fmt::format(".remaphore-{}-{}", getpid(), i);
    Descriptor file(openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file || errno != EEXIST) return file;
  }
  return {};
}

Descriptor open_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return Descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_whole(int folder, const std::string& name, std::string_view text, Synced synced) {
  std::string aside;
  const Descriptor file = make_temporary(folder, aside);
  if (!file) return false;
  if (write_all(file.get(), text) && (synced == Synced::kNo || fsync(file.get()) == 0) &&
      renameat(folder, aside.c_str(), folder, name.c_str()) == 0) {
    return true;
  }
  const int number = errno;
  unlinkat(folder, aside.c_str(), 0);
  errno = number;
  return false;
}

Result<WholeFile> WholeFile::prepare(const std::string& path) {
  const auto refuse = [&path](const char* why) {
    return fail(Errc::kUsage, fmt::format("{}: cannot be written: {}", display_path(path), why));
  };
  const Descriptor folder = open_folder_of(path);
  if (!folder) return refuse(std::strerror(errno));
  struct stat status {};
  const std::string name = last_part(path);
  if (name.empty()) return refuse("it is a folder");
  if (fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(status.st_mode)) return refuse("it is not a regular file");
  } else if (errno != ENOENT) {
    return refuse(std::strerror(errno));
  }
  std::string aside;
  const Descriptor file = make_temporary(folder.get(), aside);
  if (!file) return refuse(std::strerror(errno));
  unlinkat(folder.get(), aside.c_str(), 0);
  return WholeFile(path);
}

Result<void> WholeFile::write(std::string_view text) const {
  const Descriptor folder = open_folder_of(path_);
  if (folder && write_whole(folder.get(), last_part(path_), text, Synced::kYes)) return {};
  return fail(Errc::kRuntime, fmt::format("{}: cannot be written: {}", display_path(path_), std::strerror(errno)));
}

}  // namespace remaphore
