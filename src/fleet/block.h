// The parts of a node's remaphore.conf that remaphore-fleet generates and rewrites: a block of peers and groups in
// [ Peers ], and above the sections, where keys belong, one for `send_only`. Pure. Everything else in the file belongs
// to the people who edit it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/keys.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// "DESTINATION PUBLIC [verbs]".
std::string peer_line(std::string_view destination, const PublicKey& key, const std::vector<std::string>& verbs);

// The blocks for the config of `destination`: every node in `roster` except itself and the revoked ones; both keys of a
// node whose key is being rotated. The second is empty if no node is send-only.
std::string peers_block(const Roster& roster, std::string_view destination);
std::string settings_block(const Roster& roster, std::string_view destination);

// `config` with both blocks replaced; that of settings, which may be missing, goes right above the first section.
// Patterns of a `send_only` line that a person wrote are repeated in it, since the last line counts. Errc::kConfig if
// there is not exactly one block of peers. The caller wipes it.
Result<std::string> with_peers(std::string_view config, const Roster& roster, std::string_view destination);

// What a block of peers says about the roster that it was made from. Errc::kConfig if there is not exactly one.
struct BlockOrigin {
  std::uint64_t serial = 0;  // 0: of a fleet without serial numbers
  std::optional<FleetIdentity> fleet;
};
Result<BlockOrigin> read_origin(std::string_view config);

// `config` with the verbs replaced in the identity line with this public key, or in the comment that stands for it;
// nullopt if there is no such line. The caller wipes it.
std::optional<std::string> with_identity_verbs(std::string_view config, const PublicKey& key,
                                               const std::vector<std::string>& verbs);

// Change the config of a node whose key is being rotated. The first inserts `line`, an identity line or a comment that
// stands for it, above that of `old`, and makes `key` the default_identity instead of `old`; the second, at the end of
// the rotation, removes the line of `old`. nullopt if there is no line of `old`. The caller wipes the results.
std::optional<std::string> with_identity(std::string_view config, const PublicKey& old, const PublicKey& key,
                                         std::string_view line);
std::optional<std::string> without_identity(std::string_view config, const PublicKey& old);

}  // namespace remaphore::fleet
