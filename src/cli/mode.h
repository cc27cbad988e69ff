// The modes of remaphore by name, and sets of them. Their names and descriptions: cli/mode_table.h.
#pragma once

#include <initializer_list>

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

class ModeSet {
 public:
  constexpr ModeSet(Mode mode) : bits_(1u << static_cast<unsigned>(mode)) {}  // NOLINT: a mode is a set of one
  constexpr ModeSet(std::initializer_list<Mode> modes) {
    for (const Mode mode : modes) bits_ |= ModeSet(mode).bits_;
  }
  static constexpr ModeSet all() { return ModeSet(~0u); }

  constexpr ModeSet operator|(ModeSet other) const { return ModeSet(bits_ | other.bits_); }
  constexpr bool has(Mode mode) const { return (bits_ & ModeSet(mode).bits_) != 0; }

 private:
  constexpr explicit ModeSet(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

inline constexpr ModeSet kMessageModes = {Mode::kSend, Mode::kRequest};  // one signed message goes out
inline constexpr ModeSet kBusModes = {Mode::kSend, Mode::kRequest, Mode::kReceive};
inline constexpr ModeSet kEveryBusMode = {Mode::kSend, Mode::kRequest, Mode::kReceive, Mode::kWho};
inline constexpr ModeSet kLockModes = {Mode::kLock, Mode::kLocks, Mode::kBreak};

}  // namespace remaphore
