// Keys that are the same in every run, each made from a number, and rosters with them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/keys.h"
#include "fleet/roster.h"
#include "nats/nkey.h"

namespace remaphore::fleet {

[[maybe_unused]] inline const bool kKeysAreReady = (keys::initialize(), true);

inline SecretKey secret_of(std::uint8_t number) { return SecretKey::from_seed(std::array<std::uint8_t, 32>{number}); }
inline PublicKey key_of(std::uint8_t number) { return secret_of(number).public_key(); }
inline std::string base58(std::uint8_t number) { return keys::to_base58(key_of(number)); }
inline std::string user_of(std::uint8_t number) { return nats::encode_public(nats::NkeyKind::kUser, key_of(number)); }

inline RosterNode node(std::string destination, std::uint8_t number, std::vector<std::string> verbs) {
  return {std::move(destination), key_of(number), user_of(static_cast<std::uint8_t>(number + 100)), std::move(verbs),
          std::nullopt};
}

inline Roster three_nodes() {
  Roster roster;
  roster.servers = {"nats://a:4222", "nats://b:4222"};
  roster.nodes = {node("com.a", 1, {"ping"}), node("com.b", 2, {"ping", "deploy"}), node("com.c", 3, {})};
  return roster;
}

}  // namespace remaphore::fleet
