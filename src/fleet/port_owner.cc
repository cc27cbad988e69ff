#include "fleet/port_owner.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/text.h"

namespace remaphore::fleet {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct Listening {
  uid_t user;
  std::uint64_t inode;
};

// proc(5): a line has slot, local and remote address as HEX:PORT, state (0A is LISTEN), six numbers in four fields,
// user, timeout and inode.
std::optional<Listening> find_in(const char* table, std::uint16_t port) {
  const File file(std::fopen(table, "re"));
  char line[512];
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    unsigned local_port = 0, state = 0, user = 0;
    std::uint64_t inode = 0;
    constexpr const char* kLine = " %*u: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %u %*s %" SCNu64;
    if (std::sscanf(line, kLine, &local_port, &state, &user, &inode) != 4) continue;
    if (local_port == port && state == 0x0a) return Listening{user, inode};
  }
  return std::nullopt;
}

std::string user_name(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry != nullptr ? std::string(entry->pw_name) : std::to_string(user);
}

bool holds(const fs::path& process, const std::string& socket) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end; fd.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(fd->path(), unreadable) == socket) return true;
  }
  return false;
}

std::string program_name(const fs::path& process) {
  const File file(std::fopen((process / "comm").c_str(), "re"));
  char name[64] = "";
  if (!file || std::fgets(name, sizeof name, file.get()) == nullptr) return "a program";
  return escape_control(trim(name));
}

}  // namespace

std::string PortOwner::text() const {
  if (process == 0) return fmt::format("a process of the user {}", user);
  return fmt::format("{} (process {}, user {})", program, process, user);
}

std::optional<PortOwner> find_port_owner(std::uint16_t port) {
  std::optional<Listening> found = find_in("/proc/net/tcp", port);
  if (!found) found = find_in("/proc/net/tcp6", port);
  if (!found) return std::nullopt;
  PortOwner owner{user_name(found->user), 0, {}};
  const std::string socket = fmt::format("socket:[{}]", found->inode);
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || rest != name.data() + name.size() || !holds(entry->path(), socket)) continue;
    owner.process = pid;
    owner.program = program_name(entry->path());
    break;
  }
  return owner;
}

}  // namespace remaphore::fleet
