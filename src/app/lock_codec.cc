#include "app/lock_codec.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/trust.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

constexpr std::string_view kExpected = "Nats-Expected-Last-Subject-Sequence";

// With this one first: the first of several lines for a key counts.
Peers with(const Config& config, const Identity* own) {
  std::vector<Peer> peers;
  if (own != nullptr) peers.push_back({config.destination, own->public_key, own->verbs, 0});
  peers.insert(peers.end(), config.peers.all().begin(), config.peers.all().end());
  return Peers(peers);
}

}  // namespace

LockCodec::LockCodec(const Config& config, const Identity* own, const Clock& clock)
    : subject_(config.subject),
      stream_(jetstream::lock_stream_name(config.subject)),
      peers_(with(config, own)),
      clock_(clock) {}

std::string LockCodec::subject_of(std::string_view name, std::string_view id) const {
  return lock_key::subject_of(subject_, name, id);
}

std::string LockCodec::filter_for(std::string_view name) const { return lock_key::filter_for(subject_, name); }

std::optional<lock_key::Key> LockCodec::parse_subject(std::string_view full) const {
  return lock_key::parse_subject(full, subject_);
}

std::string LockCodec::encode(const LockEntry& entry, const std::string& name, const std::string& id,
                              const Identity& signer) const {
  Message message;
  message.time = clock_.now();
  message.uuid = lock_key::binding(subject_of(name, id));
  message.verb = lock_key::permitted_verb(signer.verbs, name);
  message.payload = format_lock_entry(entry);
  return wire::encode(message, signer.secret_key);
}

std::optional<LockEntry> LockCodec::verify(std::string_view bytes, const lock_key::Key& key,
                                           std::string* signer) const {
  const EntryPolicy policy{peers_, key.name, lock_key::binding(subject_of(key.name, key.id))};
  auto screened = screen_entry(bytes, clock_.now(), policy);
  if (!screened) return std::nullopt;
  const auto verified = verify_entry(std::move(*screened));
  if (!verified) return std::nullopt;
  if (signer != nullptr) *signer = verified->sender().destination;
  return parse_lock_entry(verified->payload());
}

StoredEntry LockCodec::decode(const jetstream::StoredMessage& message, const lock_key::Key& key) const {
  StoredEntry stored{message.sequence, std::nullopt, {}};
  auto entry = verify(message.data, key, &stored.signer);
  // Byte by byte: servers and we may differ in how they read a block with several headers.
  if (entry && message.headers == fmt::format("NATS/1.0\r\n{}: {}\r\n\r\n", kExpected, entry->after)) {
    stored.entry = std::move(entry);
  }
  return stored;
}

std::optional<LockEntry> LockCodec::decode(const BusEvent& message, const lock_key::Key& key) const {
  auto entry = verify(message.payload, key, nullptr);
  if (!entry || message.headers.size() != 1 || message.headers.front().name != kExpected) return std::nullopt;
  if (message.headers.front().value != fmt::format("{}", entry->after)) return std::nullopt;
  return entry;
}

}  // namespace remaphore
