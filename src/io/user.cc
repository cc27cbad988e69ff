#include "io/user.h"

#include <errno.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace remaphore {
namespace {

std::optional<unsigned> number(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

const passwd* find_user(const std::string& name) {
  if (const passwd* found = getpwnam(name.c_str()); found != nullptr) return found;
  const auto uid = number(name);
  return uid ? getpwuid(*uid) : nullptr;
}

const group* find_group(const std::string& name) {
  if (const group* found = getgrnam(name.c_str()); found != nullptr) return found;
  const auto gid = number(name);
  return gid ? getgrgid(*gid) : nullptr;
}

}  // namespace

Result<void> become_user(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const passwd* user = find_user(name);
  if (user == nullptr) return fail(Errc::kUsage, fmt::format("option --user: no such user: {}", quote(name)));
  gid_t gid = user->pw_gid;
  if (colon != text.npos) {
    const std::string group_name = text.substr(colon + 1);
    const group* found = find_group(group_name);
    if (found == nullptr) {
      return fail(Errc::kUsage, fmt::format("option --user: no such group: {}", quote(group_name)));
    }
    gid = found->gr_gid;
  }
  if (initgroups(user->pw_name, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
      setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) {
    return fail(Errc::kUsage, fmt::format("option --user: cannot become {}: {}", quote(text), std::strerror(errno)));
  }
  return {};
}

}  // namespace remaphore
