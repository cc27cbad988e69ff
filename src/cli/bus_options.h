// -S, -p and -v, which all modes on the bus parse in the same way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"

namespace remaphore {

// -S: the whole subject. Errc::kUsage.
Result<std::string> broadcast_subject(const CommandLine& line, const Config& config);

// -p; empty if it is not given. Errc::kUsage.
Result<std::string> public_key(const CommandLine& line);

// -v: its verbs, without surrounding blanks; empty if it is not given. Errc::kUsage.
Result<std::vector<std::string>> verbs_of(const CommandLine& line);

// A verb that the format can hold. Errc::kUsage.
Result<void> check_verb(std::string_view verb);

// -v, which names at most one; else `otherwise`. Errc::kUsage; if there are several, with the text `several`, in which
// {} stands for them.
Result<std::string> one_verb(const CommandLine& line, std::string_view otherwise, std::string_view several);

}  // namespace remaphore
