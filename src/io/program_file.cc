#include "io/program_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "io/descriptor.h"

namespace remaphore {
namespace {

constexpr std::size_t kFirstLine = 256;  // bytes of it that Linux looks at (BINPRM_BUF_SIZE)
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The file that execvp would find; empty if there is none.
std::string find_file(const std::string& program) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), F_OK) == 0 ? program : std::string();
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/bin:/usr/bin";
  while (true) {
    const std::size_t end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    std::string file = folder.empty() ? program : fmt::format("{}/{}", folder, program);
    if (access(file.c_str(), X_OK) == 0) return file;
    if (end == rest.npos) return {};
    rest.remove_prefix(end + 1);
  }
}

std::string beginning_of(const std::string& file) {
  const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  char bytes[kFirstLine];
  const ssize_t got = opened ? read(opened.get(), bytes, sizeof bytes) : -1;
  return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
}

std::optional<std::string> missing_interpreter(std::string_view text) {
  if (text.starts_with("\x7F"
                       "ELF"))
    return "its loader, or a library's, is not found: is it built for a different system?";
  if (!text.starts_with("#!")) return std::nullopt;
  std::string_view line = text.substr(2, text.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view interpreter = line.substr(0, line.find_first_of(" \t"));
  if (interpreter.ends_with('\r')) {
    return fmt::format("its interpreter {} is not found: the #! line ends in CR LF, as on Windows", quote(interpreter));
  }
  return fmt::format("its interpreter {}, named after #!, is not found", quote(interpreter));
}

}  // namespace

std::optional<std::string> program_file_fault(const std::string& program, int number) {
  if (number != ENOENT && number != ENOEXEC) return std::nullopt;
  const std::string file = find_file(program);
  if (file.empty()) return std::nullopt;
  const std::string text = beginning_of(file);
  if (number == ENOENT) return missing_interpreter(text);
  if (text.starts_with(kByteOrderMark)) return "it begins with a byte order mark, where #! must be";
  if (!text.starts_with("#!")) return "it is neither a program for this system nor a script that starts with #!";
  return std::nullopt;
}

}  // namespace remaphore
