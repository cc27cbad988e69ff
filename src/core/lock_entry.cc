#include "core/lock_entry.h"

#include <algorithm>
#include <tuple>

#include "base/json_fields.h"
#include "base/json_text.h"
#include "core/lock_key.h"

namespace remaphore {
namespace {

using FieldKind = JsonField::Kind;
using State = LockEntry::State;

constexpr int kVersion = 1;
constexpr unsigned kTicketBits = 31;
constexpr std::int64_t kMicros = 1'000'000;
constexpr std::string_view kStates[] = {"wait", "held", "gone"};

class EntryReader : public JsonVisitor {
 public:
  LockEntry entry;

  bool field(const JsonField& field) override {
    if (field.depth == 2 && field.outer == "ahead" && field.element) return read_ahead(field);
    if (field.depth != 1) return true;
    switch (field.kind) {
      case FieldKind::kInteger: return read_number(field);
      case FieldKind::kText: return read_text(field);
      case FieldKind::kBoolean: return read_flag(field);
      default: return field.name == "ahead" ? field.kind == FieldKind::kArray : !is_known(field.name);
    }
  }

  // Whether all required members were there and are consistent.
  bool complete() const {
    if (!versioned_ || !stated_ || entry.beat == 0 || entry.slots == 0 || !leased_) return false;
    if (entry.stream != 0 && entry.ticket == 0) return false;
    if (entry.state == State::kHeld && (entry.fence == 0 || entry.ticket == 0)) return false;
    return entry.ahead.size() < entry.slots;
  }

 private:
  static bool is_known(std::string_view name) {
    constexpr std::string_view kNames[] = {"v",      "after",  "state", "beat",   "slots", "lease_ms",
                                           "ticket", "stream", "fence", "before", "took",  "broken",
                                           "by",     "who",    "host",  "pid",    "since"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  template <class Number>
  static bool read(const JsonField& field, Number& number, std::uint64_t most) {
    if (field.integer < 0 || static_cast<std::uint64_t>(field.integer) > most) return false;
    number = static_cast<Number>(field.integer);
    return true;
  }

  bool read_number(const JsonField& field) {
    constexpr std::uint64_t kAny = (std::uint64_t{1} << 63) - 1;
    if (field.name == "v") return versioned_ = field.integer == kVersion;
    if (field.name == "after") return read(field, entry.after, kAny);
    if (field.name == "beat") return read(field, entry.beat, kAny);
    if (field.name == "slots") return read(field, entry.slots, kMaxSlots);
    if (field.name == "lease_ms") return read_lease(field.integer);
    if (field.name == "ticket") return read(field, entry.ticket, kAny);
    if (field.name == "stream") return read(field, entry.stream, kAny);
    if (field.name == "fence") return read(field, entry.fence, LockEntry::kMaxFence);
    if (field.name == "before") return read(field, entry.before, UINT32_MAX);
    if (field.name == "pid") return read(field, entry.pid, kAny);
    if (field.name == "since") return read(field, entry.since, kAny);
    return !is_known(field.name) && field.name != "ahead";
  }

  bool read_lease(std::int64_t milliseconds) {
    leased_ = milliseconds >= kMinLease / std::chrono::milliseconds(1) &&
              milliseconds <= kMaxLease / std::chrono::milliseconds(1);
    if (leased_) entry.lease = std::chrono::milliseconds(milliseconds);
    return leased_;
  }

  bool read_text(const JsonField& field) {
    if (field.name == "state") return read_state(field.text);
    if (field.name == "by") return entry.by = field.text, lock_key::is_id(field.text);
    if (field.name == "who") return entry.who = field.text, field.text.size() <= LockEntry::kMaxWho;
    if (field.name == "host") return entry.host = field.text, field.text.size() <= LockEntry::kMaxHost;
    return !is_known(field.name) && field.name != "ahead";
  }

  bool read_flag(const JsonField& field) {
    if (field.name == "took") return entry.was_held = field.boolean, true;
    if (field.name == "broken") return entry.broken = field.boolean, true;
    return !is_known(field.name) && field.name != "ahead";
  }

  bool read_state(std::string_view text) {
    const auto* const found = std::find(std::begin(kStates), std::end(kStates), text);
    stated_ = found != std::end(kStates);
    if (stated_) entry.state = static_cast<State>(found - std::begin(kStates));
    return stated_;
  }

  bool read_ahead(const JsonField& field) {
    if (field.kind != FieldKind::kText || !lock_key::is_id(field.text) || entry.ahead.size() >= kMaxSlots) return false;
    entry.ahead.emplace_back(field.text);
    return true;
  }

  bool versioned_ = false, stated_ = false, leased_ = false;
};

// The beginning of a text, in whole UTF-8 characters.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0u) == 0x80u) --most;
  return text.substr(0, most);
}

}  // namespace

std::string format_lock_entry(const LockEntry& entry) {
  JsonObject json;
  json.number("v", kVersion)
      .text("state", kStates[static_cast<std::size_t>(entry.state)])
      .count("after", entry.after)
      .count("beat", entry.beat)
      .count("slots", entry.slots)
      .number("lease_ms", entry.lease / std::chrono::milliseconds(1));
  if (entry.ticket != 0) json.count("ticket", entry.ticket);
  if (entry.stream != 0) json.number("stream", entry.stream);
  if (entry.fence != 0) json.count("fence", entry.fence);
  if (entry.before != 0) json.count("before", entry.before);
  if (entry.was_held) json.flag("took", true);
  if (entry.broken) json.flag("broken", true);
  if (!entry.ahead.empty()) json.texts("ahead", entry.ahead);
  if (!entry.by.empty()) json.text("by", entry.by);
  json.text("who", cut(entry.who, LockEntry::kMaxWho)).text("host", cut(entry.host, LockEntry::kMaxHost));
  json.number("pid", entry.pid).number("since", entry.since);
  std::string line = json.line();
  line.pop_back();
  return line;
}

std::optional<LockEntry> parse_lock_entry(std::string_view json) {
  EntryReader reader;
  if (!visit_fields(json, reader) || !reader.complete()) return std::nullopt;
  return std::move(reader.entry);
}

LockPlace place_of(const LockEntry& entry, std::uint64_t sequence, std::int64_t stream) {
  return {entry.stream != 0 ? entry.stream : stream, entry.ticket != 0 ? entry.ticket : sequence};
}

bool comes_before(const LockPlace& a, std::string_view a_id, const LockPlace& b, std::string_view b_id,
                  std::int64_t stream) {
  const bool a_is_here = a.stream == stream, b_is_here = b.stream == stream;
  return std::tie(a_is_here, a.stream, a.ticket, a_id) < std::tie(b_is_here, b.stream, b.ticket, b_id);
}

std::uint64_t fence_of(const LockPlace& place, std::uint64_t highest) {
  constexpr std::uint64_t kMaxSeconds = (std::uint64_t{1} << 32) - 2;
  // Tickets beyond kTicketBits carry into the seconds, so the number still increases.
  constexpr std::uint64_t kMaxTicket = std::uint64_t{1} << 50;
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(place.stream, 0) / kMicros);
  const std::uint64_t own = std::min(
      (std::min(seconds, kMaxSeconds) << kTicketBits) + std::min(place.ticket, kMaxTicket), LockEntry::kMaxFence);
  if (highest >= LockEntry::kMaxFence) return 0;
  return std::max(own, highest + 1);
}

}  // namespace remaphore
