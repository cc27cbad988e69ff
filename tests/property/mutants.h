// Damage to a signed message, as a line, a relay or a forger might cause it. A source of choices decides on the damage:
// a random number generator in the mutation test, the input in the fuzz target.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace remaphore::test {

// A number below `bound`, which is positive.
using Choose = std::function<std::uint64_t(std::uint64_t bound)>;

enum class Mutation {
  kFlipBit,
  kSetByte,
  kInsertByte,
  kDeleteByte,
  kDuplicateRun,
  kDeleteRun,
  kTruncate,
  kSwapFields,  // of one message
  kDropField,
  kTransplantField,  // from another valid message
  kRespellTime,
  kRespellUuid,
  kRespellFlag,
  kRespellBase58,   // leading ones, letters that look alike, PUB or SIG
  kAddOrder,        // S + L in the signature
  kFlipDecodedBit,  // of the 64 bytes that SIG stands for
  kResignByOther,   // the right body, the right PUB, another's signature
  kCount,
};
inline constexpr std::size_t kMutations = static_cast<std::size_t>(Mutation::kCount);

const char* name_of(Mutation mutation);

// `message` is valid, or what an earlier mutation left of it; `other` is valid. May return `message` unchanged.
std::string mutate(std::string_view message, std::string_view other, Mutation mutation, const Choose& choose);

}  // namespace remaphore::test
