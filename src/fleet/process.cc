#include "fleet/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "io/spawn.h"

namespace remaphore::fleet {
namespace {

constexpr int kGraceMilliseconds = 2000;

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> all;
  for (const std::string& argument : arguments) all.push_back(const_cast<char*>(argument.c_str()));
  all.push_back(nullptr);
  return all;
}

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

Result<Process> Process::start(const Launch& launch) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  const Result<Descriptor, int> nothing = open_empty_input();
  const auto cannot = [&launch](int number) {
    return fail(Errc::kRuntime, fmt::format("cannot run {}: {}", launch.arguments.front(), std::strerror(number)));
  };
  if (!nothing) return cannot(nothing.error());
  Result<Spawned, SpawnFailure> spawned = spawn({.program = launch.arguments.front().c_str(),
                                                 .arguments = pointers(launch.arguments).data(),
                                                 .environment = environ,
                                                 .input = nothing->get(),
                                                 .output = launch.out,
                                                 .error = launch.err,
                                                 .folder = launch.folder.c_str(),
                                                 .mask = none,
                                                 .defaults = all});
  if (!spawned) return cannot(spawned.error().number);
  return Process(spawned->pid, std::move(spawned->pidfd));
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
  wait_readable(descriptor_.get(), kGraceMilliseconds);
  ::kill(-pid_, SIGKILL);
  while (::waitpid(-pid_, nullptr, 0) > 0 || errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace remaphore::fleet
