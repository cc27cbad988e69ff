#include "fleet/applied.h"

#include <fmt/format.h>

#include "fleet/fields.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

constexpr std::string_view kAppliedHead =
    "# Which roster each node has applied: destination, serial number, when, signed with\n";

std::string path_of(const Folder& folder) { return folder.file("applied"); }

}  // namespace

Result<AppliedRosters> read_applied(const Folder& folder) {
  AppliedRosters applied;
  if (!exists(path_of(folder))) return applied;
  const Result<std::string> text = read_whole(path_of(folder), kMaxRoster);
  if (!text) return pass_on(text);
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    const std::vector<std::string_view> words = fields(line);
    if (words.empty() || line.starts_with('#')) continue;
    const auto serial = words.size() == 4 ? parse_serial(words[1]) : std::nullopt;
    const auto time = words.size() == 4 ? parse_time(words[2]) : std::nullopt;
    if (!serial || !time)
      return fail(Errc::kConfig, fmt::format("{}: line {}: not four fields", path_of(folder), number));
    applied[std::string(words[0])] = {*serial, *time, std::string(words[3])};
  }
  return applied;
}

Result<void> write_applied(const Folder& folder, const AppliedRosters& applied) {
  std::string text(kAppliedHead);
  for (const auto& [destination, one] : applied)
    text += fmt::format("{} {} {} {}\n", destination, one.serial, format_time(one.time), one.public_key);
  const std::string path = path_of(folder);
  return exists(path) ? rewrite({{path, text}}) : write_new(path, text, kPublicFile);
}

}  // namespace remaphore::fleet
