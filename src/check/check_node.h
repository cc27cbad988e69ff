// The command `check` of both programs: is the node of this config ready? Checks its files, keys and credentials, then
// its servers, and prints a line for each question.
#pragma once

#include <optional>
#include <string>

#include "base/output_format.h"
#include "base/result.h"
#include "core/exit_status.h"
#include "io/signals.h"

namespace remaphore {

enum class CheckScope {
  kNode,
  kNodeAndPeers,  // also queries all peers, as --who does
};

struct CheckOptions {
  std::string config;               // its path
  std::optional<std::string> user;  // USER or USER:GROUP, who reads the config; nullopt: we
  CheckScope scope = CheckScope::kNode;
  OutputFormat format = OutputFormat::kText;
};

// Makes all checks that are possible: kOk, or kNotReady if one of them failed. Sends no message that a node would act
// on. Returns early at a stop signal. An error: of becoming the user, or of standard output.
Result<ExitStatus> check_node(const CheckOptions& options, Signals& signals);

}  // namespace remaphore
