// The user as whom a contract test logs in.
#pragma once

namespace remaphore::test {

enum class Login {
  kFree,   // may do everything
  kBound,  // may publish and subscribe to kPermitted, and subscribe to its own inbox
  kWrong,  // is refused
};

inline constexpr const char* kPermitted = "permitted";

}  // namespace remaphore::test
