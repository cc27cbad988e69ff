#include "fleet/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace remaphore::fleet {
namespace {

constexpr int kGraceMilliseconds = 2000;

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> all;
  for (const std::string& argument : arguments) all.push_back(const_cast<char*>(argument.c_str()));
  all.push_back(nullptr);
  return all;
}

class SpawnSetup {
 public:
  explicit SpawnSetup(const Launch& launch) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, launch.out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, launch.err, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&files_, launch.folder.c_str());
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// By number: glibc 2.36 declares pidfd_open without C linkage.
int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool wait_readable(int descriptor, int milliseconds) {
  pollfd entry{descriptor, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

std::optional<std::string> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  std::vector<std::string> folders, beside;
  while (true) {
    const std::size_t end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    folders.emplace_back(folder.empty() ? "." : folder);
    if (folder.ends_with("/bin")) beside.push_back(fmt::format("{}/sbin", folder.substr(0, folder.size() - 4)));
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  folders.insert(folders.end(), beside.begin(), beside.end());
  for (const std::string& folder : folders) {
    const std::string file = fmt::format("{}/{}", folder, name);
    std::error_code ignored;
    if (::access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file, ignored)) return file;
  }
  return std::nullopt;
}

std::string own_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

Error become(const std::vector<std::string>& arguments) {
  ::execv(arguments.front().c_str(), pointers(arguments).data());
  return {Errc::kRuntime, fmt::format("cannot run {}: {}", arguments.front(), std::strerror(errno))};
}

Result<Process> Process::start(const Launch& launch) {
  const SpawnSetup setup(launch);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, launch.arguments.front().c_str(), setup.files(), setup.attributes(),
                                  pointers(launch.arguments).data(), environ);
  if (error != 0)
    return fail(Errc::kRuntime, fmt::format("cannot run {}: {}", launch.arguments.front(), std::strerror(error)));
  Process process(pid, pidfd_open(pid));
  if (!process.descriptor_) return fail(Errc::kRuntime, fmt::format("pidfd_open: {}", std::strerror(errno)));
  return process;
}

Process::~Process() { stop(); }

std::optional<int> Process::status() const {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
    return std::nullopt;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void Process::stop() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGTERM);
  if (descriptor_) wait_readable(descriptor_.get(), kGraceMilliseconds);
  ::kill(-pid_, SIGKILL);
  while (::waitpid(-pid_, nullptr, 0) > 0 || errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace remaphore::fleet
