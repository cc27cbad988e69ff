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

#include "base/text.h"

namespace remaphore {
namespace {

using Record = std::array<char, StateDir::kRecordBytes>;
constexpr std::size_t kChecked = 72;  // what the last 8 bytes are the checksum of

Record to_bytes(const GuardRecord& record) {
  Record bytes{};
  std::memcpy(bytes.data(), record.key.bytes.data(), 32);
  const auto time = static_cast<std::uint64_t>(record.time.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i) bytes[32 + i] = static_cast<char>(time >> (8 * i));
  std::memcpy(bytes.data() + 40, record.peer.bytes.data(), 32);
  const Digest digest = keys::sha256(std::string_view(bytes.data(), kChecked));
  std::memcpy(bytes.data() + kChecked, digest.bytes.data(), bytes.size() - kChecked);
  return bytes;
}

// False: torn or damaged.
bool from_bytes(const Record& bytes, GuardRecord& record) {
  std::memcpy(record.key.bytes.data(), bytes.data(), 32);
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < 8; ++i) time |= std::uint64_t{static_cast<unsigned char>(bytes[32 + i])} << (8 * i);
  record.time = WallTime(Duration(static_cast<std::int64_t>(time)));
  std::memcpy(record.peer.bytes.data(), bytes.data() + 40, 32);
  return to_bytes(record) == bytes;
}

// All of it or nothing.
bool append_whole(int file, std::string_view bytes) {
  const off_t before = lseek(file, 0, SEEK_END);
  if (before < 0) return false;
  const ssize_t written = write(file, bytes.data(), bytes.size());
  if (written == static_cast<ssize_t>(bytes.size())) return true;
  const int number = written < 0 ? errno : ENOSPC;
  [[maybe_unused]] const int cut = ftruncate(file, before);  // else the checksum tells
  errno = number;
  return false;
}

}  // namespace

Error StateDir::trouble(const char* doing) const {
  return {Errc::kRuntime,
          fmt::format("state folder {}: cannot {}: {}", escape_control(path_), doing, std::strerror(errno))};
}

Result<std::unique_ptr<StateDir>> StateDir::open(const std::string& path) {
  std::unique_ptr<StateDir> dir(new StateDir(path));
  const auto usage = [](Error error) { return fail(Errc::kUsage, std::move(error.message)); };
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return usage(dir->trouble("make it"));
  dir->lock_.reset(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!dir->lock_) return usage(dir->trouble("lock it"));
  if (flock(dir->lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return usage(dir->trouble("lock it"));
    return fail(Errc::kUsage, fmt::format("state folder {} is in use by another listener", escape_control(path)));
  }
  if (auto loaded = dir->load(); !loaded) return usage(std::move(loaded.error()));
  return dir;
}

Result<void> StateDir::load() {
  file_.reset(::open((path_ + "/guard").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file_) return Unexpected<Error>(trouble("open guard"));
  Record bytes;
  GuardRecord record;
  ssize_t got = 0;
  while ((got = read(file_.get(), bytes.data(), bytes.size())) == static_cast<ssize_t>(bytes.size())) {
    ++records_;
    if (from_bytes(bytes, record)) restored_.push_back(record);
  }
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
  const std::string aside = path_ + "/guard.new", place = path_ + "/guard";
  Descriptor file(::open(aside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return Unexpected<Error>(trouble("write guard anew"));
  std::string bytes;
  bytes.reserve(live.size() * kRecordBytes);
  for (const GuardRecord& record : live) {
    const Record one = to_bytes(record);
    bytes.append(one.data(), one.size());
  }
  if (!append_whole(file.get(), bytes) || rename(aside.c_str(), place.c_str()) != 0) {
    return Unexpected<Error>(trouble("write guard anew"));
  }
  file_ = std::move(file);
  records_ = live.size();
  return {};
}

}  // namespace remaphore
