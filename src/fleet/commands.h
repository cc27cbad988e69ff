// The commands of remaphore-fleet, one function and one file each. Each returns the exit status, or the Error that main
// prints.
#pragma once

#include "base/result.h"
#include "core/exit_status.h"
#include "fleet/command_line.h"

namespace remaphore::fleet {

Result<ExitStatus> run_init(const Options& options);
Result<ExitStatus> run_add(const Options& options);
Result<ExitStatus> run_revoke(const Options& options);
Result<ExitStatus> run_set(const Options& options);
Result<ExitStatus> run_groups(const Options& options);
Result<ExitStatus> run_rotate(const Options& options);
Result<ExitStatus> run_publish(const Options& options);
Result<ExitStatus> run_apply(const Options& options);
Result<ExitStatus> run_renew_tls(const Options& options);
Result<ExitStatus> run_check(const Options& options);
Result<ExitStatus> run_keygen(const Options& options);
Result<ExitStatus> run_servers(const Options& options);
Result<ExitStatus> run_provision(const Options& options);
Result<ExitStatus> run_hub(const Options& options);
Result<ExitStatus> run_demo(const Options& options);

}  // namespace remaphore::fleet
