#include "fleet/staged_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/redact.h"
#include "core/keys.h"
#include "io/descriptor.h"
#include "io/private_file.h"
#include "io/whole_file.h"

namespace remaphore::fleet {
namespace {

// An unusable place is for the user to fix; any other failure, such as a full disk, is not.
Unexpected<Error> system_error(std::string_view what, const std::string& path) {
  const int number = errno;
  const bool bad_place = number == EACCES || number == EPERM || number == EROFS || number == ENOENT ||
                         number == ENOTDIR || number == ENAMETOOLONG || number == ELOOP;
  return fail(bad_place ? Errc::kUsage : Errc::kRuntime,
              fmt::format("cannot {} {}: {}", what, display_path(path), std::strerror(number)));
}

class FileAside {
 public:
  explicit FileAside(std::string final_path) : path_(final_path + ".tmp-XXXXXX"), final_path_(std::move(final_path)) {
    file_.reset(::mkostemp(path_.data(), O_CLOEXEC));
    if (!file_) path_.clear();
  }
  FileAside(FileAside&& other) noexcept
      : file_(std::move(other.file_)),
        path_(std::exchange(other.path_, {})),
        final_path_(std::move(other.final_path_)) {}
  FileAside& operator=(FileAside&&) = delete;
  ~FileAside() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  const std::string& final_path() const { return final_path_; }

  // Each returns false with errno. The mode last: a change of owner clears bits of it.
  bool write(std::string_view text) const { return file_ && write_all(file_.get(), text); }
  bool set_owner(uid_t owner, gid_t group) const {
    struct stat now {};
    if (::fstat(file_.get(), &now) == 0 && now.st_uid == owner && now.st_gid == group) return true;
    return ::fchown(file_.get(), owner, group) == 0;
  }
  bool set_mode(mode_t mode) const { return ::fchmod(file_.get(), mode) == 0; }
  void close() { file_.reset(); }
  bool put_in_place() {
    if (::rename(path_.c_str(), final_path_.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  Descriptor file_;
  std::string path_, final_path_;
};

// Syncs everything written to the file system of this folder: one call for each of a fleet's files would take seconds.
Result<void> sync_all(const std::string& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::syncfs(opened.get()) != 0) return system_error("sync", folder);
  return {};
}

}  // namespace

Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
  if (exists(path)) return fail(Errc::kUsage, path + " already exists");
  FileAside file(path);
  if (!file.write(text) || !file.set_mode(mode) || !file.put_in_place()) return system_error("write", path);
  return {};
}

Result<void> rewrite(const std::vector<Rewrite>& files, Owner owner) {
  std::vector<FileAside> written;
  for (const Rewrite& one : files) {
    FileAside& file = written.emplace_back(std::string(one.path));
    struct stat old {};
    const bool there = ::stat(file.final_path().c_str(), &old) == 0;
    const bool usable = there || (errno == ENOENT && one.fresh != 0);
    const auto keep_owner = [&] {
      if (!there) return true;
      return file.set_owner(old.st_uid, old.st_gid) || (errno == EPERM && owner == Owner::kKeptIfPermitted);
    };
    if (!usable || !file.write(one.text) || !keep_owner() || !file.set_mode(there ? old.st_mode & 07777 : one.fresh)) {
      return system_error("rewrite", file.final_path());
    }
    file.close();
  }
  if (written.empty()) return {};
  const std::string folder = parent_of(written.front().final_path());
  if (Result<void> synced = sync_all(folder); !synced) return synced;
  for (FileAside& file : written) {
    if (!file.put_in_place()) return system_error("rewrite", file.final_path());
  }
  return sync_all(folder);
}

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
  Result<PrivateFile> file = read_private_file(path, limit);
  if (!file) return pass_on(file);
  std::string text(file->text.begin(), file->text.end());
  keys::wipe(file->text);
  return text;
}

Result<void> make_folder(const std::string& path, mode_t mode) {
  // chmod, since the umask reduced mkdir's mode.
  if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0)
    return system_error("create the folder", path);
  return {};
}

Result<void> check_writable(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return system_error("write into", folder);
  }
  return {};
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
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

std::string absolute_path(const std::string& path) {
  std::error_code failed;
  std::filesystem::path whole = std::filesystem::absolute(path, failed);
  if (!failed) whole = std::filesystem::weakly_canonical(whole, failed);
  return failed ? path : without_slashes(whole.string());
}

StagedFolder::StagedFolder(std::string path, std::string final_path)
    : path_(std::move(path)), final_path_(std::move(final_path)) {}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), final_path_(std::move(other.final_path_)) {}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<StagedFolder> StagedFolder::make(const std::string& final_path, mode_t mode) {
  std::string path = final_path + ".tmp-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return system_error("create a folder beside", final_path);
  StagedFolder folder(path, final_path);
  if (::chmod(path.c_str(), mode) != 0) return system_error("change the mode of", path);
  return folder;
}

Result<void> StagedFolder::put_in_place() {
  if (Result<void> synced = sync_all(path_); !synced) return synced;
  if (::rename(path_.c_str(), final_path_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
      return fail(Errc::kUsage, final_path_ + " already exists and is not an empty folder");
    }
    return system_error("create the folder", final_path_);
  }
  path_.clear();
  return sync_all(parent_of(final_path_));
}

}  // namespace remaphore::fleet
