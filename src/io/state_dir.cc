#include "io/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/redact.h"
#include "io/trusted_path.h"

namespace remaphore {
namespace {

using Record = std::array<char, StateDir::kRecordBytes>;
constexpr std::size_t kChecked = 72;  // the bytes covered by the checksum in the last 8

void put_time(char* at, WallTime time) {
  const auto number = static_cast<std::uint64_t>(time.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i) at[i] = static_cast<char>(number >> (8 * i));
}

WallTime time_at(const char* at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return WallTime(Duration(static_cast<std::int64_t>(number)));
}

Record to_bytes(const GuardRecord& record) {
  Record bytes{};
  std::memcpy(bytes.data(), record.key.bytes.data(), 32);
  put_time(bytes.data() + 32, record.time);
  std::memcpy(bytes.data() + 40, record.peer.bytes.data(), 32);
  if (record.is_span() && record.since != WallTime::min()) put_time(bytes.data() + 40, record.since);
  const Digest digest = keys::sha256(std::string_view(bytes.data(), kChecked));
  std::memcpy(bytes.data() + kChecked, digest.bytes.data(), bytes.size() - kChecked);
  return bytes;
}

// False: torn or damaged.
bool from_bytes(const Record& bytes, GuardRecord& record) {
  std::memcpy(record.key.bytes.data(), bytes.data(), 32);
  record.time = time_at(bytes.data() + 32);
  record.since = WallTime::min();
  std::memcpy(record.peer.bytes.data(), bytes.data() + 40, 32);
  if (record.is_span()) {
    record.peer = {};
    if (const WallTime since = time_at(bytes.data() + 40); since != WallTime{}) record.since = since;
  }
  return to_bytes(record) == bytes;
}

// All of it or nothing.
bool append_whole(int file, std::string_view bytes) {
  const off_t before = lseek(file, 0, SEEK_END);
  if (before < 0) return false;
  const ssize_t written = write(file, bytes.data(), bytes.size());
  if (written == static_cast<ssize_t>(bytes.size())) return true;
  const int number = written < 0 ? errno : ENOSPC;
  [[maybe_unused]] const int cut = ftruncate(file, before);  // otherwise the checksum detects it
  errno = number;
  return false;
}

}  // namespace

Error StateDir::trouble(const char* doing) const {
  return {Errc::kRuntime,
          fmt::format("state folder {}: cannot {}: {}", display_path(path_), doing, std::strerror(errno))};
}

Result<std::unique_ptr<StateDir>> StateDir::open(const std::string& path) {
  std::unique_ptr<StateDir> dir(new StateDir(path));
  const auto usage = [](Error error) { return fail(Errc::kUsage, std::move(error.message)); };
  auto folder = open_own_folder(path);
  if (!folder)
    return usage({Errc::kUsage, fmt::format("state folder {}: {}", display_path(path), folder.error().message)});
  dir->folder_ = std::move(*folder);
  dir->lock_ = open_own_file(dir->folder_, "lock", O_RDWR | O_CREAT);
  if (!dir->lock_) return usage(dir->trouble("lock it"));
  if (flock(dir->lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return usage(dir->trouble("lock it"));
    return fail(Errc::kUsage, fmt::format("state folder {} is in use by another listener", display_path(path)));
  }
  if (auto loaded = dir->load(); !loaded) return usage(std::move(loaded.error()));
  return dir;
}

Result<void> StateDir::load() {
  file_ = open_own_file(folder_, "guard", O_RDWR | O_CREAT | O_APPEND);
  struct stat status {};
  if (!file_ || fstat(file_.get(), &status) != 0) return Unexpected<Error>(trouble("open guard"));
  written_ = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) + Duration(status.st_mtim.tv_nsec));
  Record bytes;
  GuardRecord record;
  ssize_t got = 0;
  while ((got = read(file_.get(), bytes.data(), bytes.size())) == static_cast<ssize_t>(bytes.size())) {
    ++records_;
    from_bytes(bytes, record) ? restored_.push_back(record) : void(++damaged_);
  }
  if (got > 0) ++damaged_;  // a torn end
  if (got < 0) return Unexpected<Error>(trouble("read guard"));
  if (ftruncate(file_.get(), static_cast<off_t>(records_ * kRecordBytes)) != 0) {
    return Unexpected<Error>(trouble("cut the torn end of guard"));
  }
  return {};
}

Result<void> StateDir::append(const GuardRecord& record) {
  const Record bytes = to_bytes(record);
  if (!append_whole(file_.get(), std::string_view(bytes.data(), bytes.size()))) {
    return Unexpected<Error>(trouble("record a message"));
  }
  ++records_;
  return {};
}

Result<void> StateDir::rewrite(const std::vector<GuardRecord>& live) {
  Descriptor file = open_own_file(folder_, "guard.new", O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
  if (!file) return Unexpected<Error>(trouble("rewrite guard"));
  std::string bytes;
  bytes.reserve(live.size() * kRecordBytes);
  for (const GuardRecord& record : live) {
    const Record one = to_bytes(record);
    bytes.append(one.data(), one.size());
  }
  if (!append_whole(file.get(), bytes) || renameat(folder_.get(), "guard.new", folder_.get(), "guard") != 0) {
    return Unexpected<Error>(trouble("rewrite guard"));
  }
  file_ = std::move(file);
  records_ = live.size();
  return {};
}

}  // namespace remaphore
