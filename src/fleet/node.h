// A node as an administrator writes it: DESTINATION or DESTINATION=verb,verb, optionally with ! at the end. Names
// become folder names and fields of config lines, so they are more restricted here than on the wire: printable ASCII
// without characters that are special to a file system or a config.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/message.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxNodeName = 200;  // bytes; a folder name takes 255
inline constexpr std::size_t kMaxVerbs = 64;
inline constexpr std::size_t kMaxNodes = 1000;  // every config lists all others

struct NodeSpec {
  std::string destination;
  std::vector<std::string> verbs;  // lowercase; "*" is every verb; none: it only listens
  bool send_only = false;          // ! at the end: never awaited
  bool names_verbs = false;        // there was an equals sign
};

// All of these: Errc::kUsage, quoting the text.
Result<void> check_destination(std::string_view text);
Result<std::vector<std::string>> parse_verbs(std::string_view comma_separated);
Result<NodeSpec> parse_node(std::string_view text);

std::string join(const std::vector<std::string>& texts, std::string_view separator);

}  // namespace remaphore::fleet
