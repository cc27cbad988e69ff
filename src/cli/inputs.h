// What a mode reads before it starts: config, credentials, payload.
#pragma once

#include <string>

#include "app/publisher.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"
#include "io/nats_connection.h"
#include "io/signals.h"
#include "ports/log.h"

namespace remaphore {

// -c, or the default.
std::string config_path(const CommandLine& line);

// The config, its warnings told. Errc::kConfig.
Result<Config> load_config(const CommandLine& line, Log& log);

// How to connect within `timeout` (0: no bound), with the credentials read and the TLS files tried. Errc::kConfig.
Result<NatsOptions> nats_options(const Config& config, bool sending, Duration timeout, Log& log);

// --stdin and --payload-file, into `options`. What the reading takes is taken off -t.
Result<void> fetch_payload(const CommandLine& line, SendOptions& options, Signals& signals);

}  // namespace remaphore
