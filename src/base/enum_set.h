// A set of values of a plain enum with at most 32 of them.
#pragma once

#include <initializer_list>

namespace remaphore {

template <class Enum>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(Enum value) : bits_(1u << static_cast<unsigned>(value)) {}  // NOLINT: a value is a set of one
  constexpr EnumSet(std::initializer_list<Enum> values) {
    for (const Enum value : values) bits_ |= EnumSet(value).bits_;
  }
  static constexpr EnumSet all() { return EnumSet(~0u); }

  constexpr EnumSet operator|(EnumSet other) const { return EnumSet(bits_ | other.bits_); }
  constexpr bool operator==(const EnumSet& other) const = default;
  constexpr bool has(Enum value) const { return (bits_ & EnumSet(value).bits_) != 0; }
  constexpr bool has_all(EnumSet others) const { return (bits_ & others.bits_) == others.bits_; }

 private:
  constexpr explicit EnumSet(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

}  // namespace remaphore
