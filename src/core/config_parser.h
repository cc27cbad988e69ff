// The text of a config file -> Config. Syntax: remaphore.conf(5). Every error is "file:line: what", quotes the
// offending text and never a private key.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/config.h"

namespace remaphore {

inline constexpr std::size_t kMaxConfigBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxConfigWarnings = 20;  // further ones are only counted

// `file` names the text in messages. Takes over the text; private keys in it are wiped, whatever the result.
// Errc::kConfig for every error.
Result<Config> parse_config(std::vector<char> text, std::string_view file);

}  // namespace remaphore
