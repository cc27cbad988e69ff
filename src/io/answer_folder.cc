#include "io/answer_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "io/whole_file.h"

namespace remaphore {
namespace {

constexpr std::string_view kOutput = ".out", kStatus = ".status";

// Whether something is in there; true also if it cannot be read.
bool holds_anything(const std::string& path) {
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) return true;
  bool any = false;
  while (const dirent* entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    any = any || (name != "." && name != "..");
  }
  closedir(folder);
  return any;
}

bool is_file_name(std::string_view destination) {
  return !destination.empty() && destination.size() + kStatus.size() <= NAME_MAX &&
         destination.find('/') == std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<AnswerFolder>> AnswerFolder::open(const std::string& path,
                                                         const std::vector<std::string_view>& destinations) {
  const std::string name = display_path(path);
  for (const std::string_view destination : destinations) {
    if (is_file_name(destination)) continue;
    return fail(Errc::kUsage, fmt::format("{}: {} cannot be the name of a file", name, quote(destination)));
  }
  const bool made = mkdir(path.c_str(), 0777) == 0;
  if (!made && errno != EEXIST) {
    return fail(Errc::kUsage, fmt::format("{}: the folder cannot be created: {}", name, std::strerror(errno)));
  }
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(Errc::kUsage, fmt::format("{}: cannot be used: {}", name, std::strerror(errno)));
  if (!made && holds_anything(path)) return fail(Errc::kUsage, fmt::format("{}: the folder is not empty", name));
  if (faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return fail(Errc::kUsage, fmt::format("{}: cannot be written: {}", name, std::strerror(errno)));
  }
  return std::unique_ptr<AnswerFolder>(new AnswerFolder(path, std::move(folder)));
}

void AnswerFolder::keep(std::string_view destination, std::string_view exit_status, std::string_view output) {
  if (failure_) return;
  const std::string name(destination);
  if (write(name + std::string(kOutput), output)) write(name + std::string(kStatus), fmt::format("{}\n", exit_status));
}

bool AnswerFolder::write(const std::string& name, std::string_view text) {
  if (write_whole(folder_.get(), name, text, Synced::kNo)) return true;  // there may be thousands of answers
  failure_ = Error{Errc::kRuntime,
                   fmt::format("{}: {} cannot be written: {}", display_path(path_), quote(name), std::strerror(errno))};
  return false;
}

}  // namespace remaphore
