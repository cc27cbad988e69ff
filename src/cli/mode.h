// The modes of remaphore by name, and sets of them. Their names and descriptions: cli/mode_table.h.
#pragma once

#include "base/enum_set.h"

namespace remaphore {

enum class Mode : unsigned {
  kSend,
  kRequest,
  kReceive,
  kExampleConfig,
  kCheck,
  kWho,
  kLock,
  kLocks,
  kBreak,
  kHelp,
  kVersion
};

using ModeSet = EnumSet<Mode>;

inline constexpr ModeSet kSendingModes = {Mode::kSend, Mode::kRequest};
inline constexpr ModeSet kMessageModes = {Mode::kSend, Mode::kRequest, Mode::kReceive};
inline constexpr ModeSet kPeerModes = {Mode::kSend, Mode::kRequest, Mode::kReceive, Mode::kWho};
inline constexpr ModeSet kLockModes = {Mode::kLock, Mode::kLocks, Mode::kBreak};

}  // namespace remaphore
