#include "app/lock_codec.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/trust.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

constexpr std::string_view kExpected = "Nats-Expected-Last-Subject-Sequence";
constexpr std::string_view kExpectedLast = "Nats-Expected-Last-Sequence";

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Byte by byte: a server may read a block with several headers differently from us.
bool is_block(std::string_view block, std::uint64_t after) {
  const std::string begin = fmt::format("NATS/1.0\r\n{}: {}\r\n", kExpected, after);
  constexpr std::string_view kEnd = "\r\n";
  if (!block.starts_with(begin) || !block.ends_with(kEnd)) return false;
  block.remove_prefix(begin.size());
  if (block == kEnd) return true;
  const std::string last = fmt::format("{}: ", kExpectedLast);
  if (!block.starts_with(last) || !block.ends_with("\r\n\r\n")) return false;
  return is_number(block.substr(last.size(), block.size() - last.size() - 4));
}

// Our own line goes first: of several lines for one key, the first counts.
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

jetstream::Request LockCodec::question(const LockAction& action, std::string_view name) const {
  using Kind = LockAction::Kind;
  switch (action.kind) {
    case Kind::kNewest: return jetstream::last_message_on(stream_, filter_for(name));
    case Kind::kNext: return jetstream::next_message_on(stream_, filter_for(name), action.from);
    case Kind::kInfo: return jetstream::stream_info(stream_);
    case Kind::kList: return jetstream::stream_info(stream_, filter_for(name));
    default: return jetstream::last_message_on(stream_, subject_of(name, action.id));
  }
}

LockList LockCodec::list(const jetstream::StreamInfo& info, std::string_view name) const {
  LockList list{microseconds(info.created), info.last_time.value_or(info.created) - info.created};
  for (const std::string& subject : info.kept) {
    auto key = parse_subject(subject);
    if (key && key->name == name) list.ids.push_back(std::move(key->id));
  }
  return list;
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
  StoredEntry stored{message.sequence, std::nullopt, {}, microseconds(message.time)};
  auto entry = verify(message.data, key, &stored.signer);
  if (entry && is_block(message.headers, entry->after)) stored.entry = std::move(entry);
  return stored;
}

std::optional<LockEntry> LockCodec::decode(const Delivery& message, const lock_key::Key& key) const {
  auto entry = verify(message.payload, key, nullptr);
  const auto& headers = message.headers;
  if (!entry || message.status != 0) return std::nullopt;
  if (headers.empty() || headers.size() > 2 || headers[0].name != kExpected) return std::nullopt;
  if (headers[0].value != fmt::format("{}", entry->after)) return std::nullopt;
  if (headers.size() == 2 && (headers[1].name != kExpectedLast || !is_number(headers[1].value))) return std::nullopt;
  return entry;
}

}  // namespace remaphore
