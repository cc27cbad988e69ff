// The commands of remaphore-fleet, one function and one file each. Each returns the exit status, or the Error that main
// prints: Errc::kUsage and kConfig exit with 2, the others with 3.
#pragma once

#include "base/result.h"
#include "fleet/command_line.h"

namespace remaphore::fleet {

inline constexpr int kDone = 0, kCheckFailed = 1, kBadInput = 2, kFailure = 3;

Result<int> run_init(const Options& options);
Result<int> run_add(const Options& options);
Result<int> run_revoke(const Options& options);
Result<int> run_set(const Options& options);
Result<int> run_groups(const Options& options);
Result<int> run_rotate(const Options& options);
Result<int> run_publish(const Options& options);
Result<int> run_apply(const Options& options);
Result<int> run_renew_tls(const Options& options);
Result<int> run_check(const Options& options);
Result<int> run_keygen(const Options& options);
Result<int> run_servers(const Options& options);
Result<int> run_provision(const Options& options);
Result<int> run_hub(const Options& options);
Result<int> run_demo(const Options& options);

}  // namespace remaphore::fleet
