#include "fleet/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/keys.h"
#include "io/descriptor.h"
#include "io/private_file.h"

namespace remaphore::fleet {
namespace {

Unexpected<Error> system_error(std::string_view what, const std::string& path, int number = errno) {
  return fail(Errc::kRuntime, fmt::format("cannot {} {}: {}", what, path, std::strerror(number)));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

struct Status {
  mode_t mode;
  std::optional<uid_t> owner;
  gid_t group = 0;
};

Result<void> put(const std::string& path, std::string_view text, const Status& status) {
  std::string aside = path + ".tmp-XXXXXX";
  const Descriptor file(::mkostemp(aside.data(), O_CLOEXEC));
  if (!file) return system_error("create a file beside", path);
  // An owner that we may not give away stays ours.
  if (status.owner && ::fchown(file.get(), *status.owner, status.group) != 0) errno = 0;
  if (::fchmod(file.get(), status.mode) != 0 || !write_all(file.get(), text) || ::fsync(file.get()) != 0 ||
      ::rename(aside.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(aside.c_str());
    return system_error("write", path, number);
  }
  return sync_folder(parent_of(path));
}

}  // namespace

Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
  if (exists(path)) return fail(Errc::kUsage, path + " exists already");
  return put(path, text, {mode, std::nullopt});
}

Result<void> rewrite(const std::string& path, std::string_view text) {
  struct stat old {};
  if (::stat(path.c_str(), &old) != 0) return system_error("rewrite", path);
  return put(path, text, {old.st_mode & 07777, old.st_uid, old.st_gid});
}

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
  Result<PrivateFile> file = read_private_file(path, limit);
  if (!file) return Unexpected(file.error());
  std::string text(file->text.begin(), file->text.end());
  keys::wipe(file->text);
  return text;
}

Result<void> make_folder(const std::string& path, mode_t mode) {
  // chmod, since the umask took its part of mkdir's mode.
  if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0)
    return system_error("create the folder", path);
  return {};
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<void> sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return system_error("sync the folder", path);
  return {};
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

FolderAside::FolderAside(std::string path, std::string final_path)
    : path_(std::move(path)), final_path_(std::move(final_path)) {}

FolderAside::FolderAside(FolderAside&& other) noexcept
    : path_(std::exchange(other.path_, {})), final_path_(std::move(other.final_path_)) {}

FolderAside::~FolderAside() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<FolderAside> FolderAside::make(const std::string& final_path, mode_t mode) {
  std::string path = final_path + ".tmp-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return system_error("create a folder beside", final_path);
  FolderAside folder(path, final_path);
  if (::chmod(path.c_str(), mode) != 0) return system_error("change the mode of", path);
  return folder;
}

Result<void> FolderAside::put_in_place() {
  if (::rename(path_.c_str(), final_path_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
      return fail(Errc::kUsage, final_path_ + " exists already and is no empty folder");
    }
    return system_error("create the folder", final_path_);
  }
  path_.clear();
  return sync_folder(parent_of(final_path_));
}

}  // namespace remaphore::fleet
