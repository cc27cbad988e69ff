// Where the entries of a lock are stored: `<subject>.lock.<NAME>.<ID>`, one entry on each such subject, and what binds
// an entry to its subject.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/config.h"
#include "core/message.h"

namespace remaphore::lock_key {

inline constexpr std::size_t kMaxName = 64;        // bytes
inline constexpr std::size_t kIdDigits = 32;       // of 128 random bits, in lowercase hexadecimal
inline constexpr std::string_view kVerb = "lock";  // takes every lock; `lock.NAME` takes one

// Errc::kUsage, quoting the name, unless it is 1 to kMaxName letters, digits, `_` and `-`.
Result<void> check_name(std::string_view name);

bool is_id(std::string_view text);
std::string random_id();

std::string subject_of(std::string_view subject, std::string_view name, std::string_view id);
// A subjects_filter for JetStream: for all locks, or for all entries of one.
std::string filter_for(std::string_view subject, std::string_view name = {});

struct Key {
  std::string name, id;
};
// nullopt: this is not the subject of a lock entry.
std::optional<Key> parse_subject(std::string_view full, std::string_view subject);

// `lock.NAME`, in lowercase as all verbs of a config.
std::string verb_of(std::string_view name);
// The verb under which a peer or identity with these verbs signs entries of the lock: kVerb or verb_of(); empty: it may
// not.
std::string permitted_verb(const VerbList& verbs, std::string_view name);

// The UUID of every entry on a subject: the first 12 bytes of the subject's SHA-256. It keeps an entry from being
// passed off as one on another subject.
Uuid binding(std::string_view full_subject);

// The identity to sign with: that of `public_key` if it is not empty, else the default if it may, else the first that
// may. Errc::kUsage.
Result<const Identity*> identity_for(const Config& config, std::string_view name, std::string_view public_key);

}  // namespace remaphore::lock_key
