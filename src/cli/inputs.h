// What a mode reads before it starts: config, credentials, payload.
#pragma once

#include <optional>
#include <string>

#include "app/publisher.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "cli/session.h"
#include "core/config.h"
#include "io/nats_options.h"
#include "ports/log.h"

namespace remaphore {

// -c, or the default.
std::string config_path(const CommandLine& line);

// The config, with its warnings logged; waits for a pipe until -t. Errc::kConfig.
Result<Config> load_config(const CommandLine& line, const Session& session);

// What is left of `timeout`, which counts from the start of the program; at least 1 ns. 0 stays 0: no limit.
Duration time_left(Duration timeout, const Session& session);

// What a link is for. A listener's must be kept up indefinitely.
enum class LinkUse { kSender, kListener };

// How to connect within `timeout` (0: unlimited); reads the credentials and tests the TLS files. Errc::kConfig.
Result<NatsOptions> nats_options(const Config& config, LinkUse use, Duration timeout, const Session& session);

// The name of this machine; empty if the system has none.
std::string host_name();

// --progress: show on a terminal who has answered or arrived.
bool shows_progress(const CommandLine& line);

// --stdin and --payload-file, into `options`.
Result<void> fetch_payload(const CommandLine& line, SendOptions& options, const Session& session);

}  // namespace remaphore
