// The config of a fleet's NATS server, and the changes that later commands make to it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/server_address.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

struct HubServer {
  ServerAddress listener;  // `tls`: the nodes will ask for it, so the text shows where the certificate goes
  std::string folder;      // absolute; what the server keeps goes into `jetstream` below it
};

std::string hub_config(const FleetKeys& keys, const Roster& roster, const HubServer& server, std::int64_t now);

// `config` with the account's token replaced; all other bytes stay. Errc::kConfig if there is not exactly one line that
// starts with the account's key.
Result<std::string> with_account(std::string_view config, std::string_view account, std::string_view token);

// `config` with its generated section about JetStream made, replaced or, if nothing is kept, removed. A section that a
// person wrote stays as it is. Errc::kConfig if the marks of the generated one do not match.
Result<std::string> with_jetstream(std::string_view config, const Keeping& keeping, std::string_view folder);

// The value of `name: "value"` or `name: value`, a line of its own; empty if there is none. Only what is generated is
// understood: no escapes but \", \\ and \xNN.
std::string read_setting(std::string_view config, std::string_view name);

}  // namespace remaphore::fleet
