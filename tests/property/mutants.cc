#include "property/mutants.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/base58.h"
#include "core/keys.h"
#include "support/test_messages.h"

namespace remaphore::test {
namespace {

constexpr std::size_t kFields = 8;
enum Field : std::size_t { kPub, kSig, kDest, kTime, kUuid, kVerb, kFlag, kPayload };

// The fields, at most eight; fewer when the commas are gone.
std::vector<std::string> fields_of(std::string_view message) {
  std::vector<std::string> fields;
  while (fields.size() + 1 < kFields && message.find(',') != std::string_view::npos) {
    const std::size_t comma = message.find(',');
    fields.emplace_back(message.substr(0, comma));
    message.remove_prefix(comma + 1);
  }
  fields.emplace_back(message);
  return fields;
}

std::string joined(const std::vector<std::string>& fields) {
  std::string message;
  for (std::size_t i = 0; i < fields.size(); ++i) message += (i == 0 ? "" : ",") + fields[i];
  return message;
}

char byte_of(const Choose& choose) { return static_cast<char>(choose(256)); }

// Where a run begins and ends; `text` is not empty.
std::pair<std::size_t, std::size_t> run_in(std::string_view text, const Choose& choose) {
  const auto from = static_cast<std::size_t>(choose(text.size()));
  const auto size = static_cast<std::size_t>(choose(std::min<std::size_t>(text.size() - from, 40)) + 1);
  return {from, size};
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// Other ways to write a hexadecimal number.
std::string respelt_hex(const std::string& text, const Choose& choose) {
  const std::array<std::string, 8> spellings = {upper(text), "0" + text,  "00" + text, "+" + text,
                                                "-" + text,  "0x" + text, " " + text,  text + " "};
  return spellings[static_cast<std::size_t>(choose(spellings.size()))];
}

std::string respelt_flag(const Choose& choose) {
  constexpr std::array<std::string_view, 8> kSpellings = {"q", "", "Q ", "QQ", "__", "-", "0", "1"};
  return std::string(kSpellings[static_cast<std::size_t>(choose(kSpellings.size()))]);
}

std::string respelt_base58(std::string text, const Choose& choose) {
  if (text.empty()) return "1";
  const auto at = static_cast<std::size_t>(choose(text.size()));
  switch (choose(6)) {
    case 0: return "1" + text;
    case 1: return text + "1";
    case 2: return text.substr(1);
    case 3: std::swap(text[at], text[(at + 1) % text.size()]); return text;
    case 4: text[at] = "0OIl"[choose(4)]; return text;
    default: return upper(text);
  }
}

// SIG with its bytes changed; another text is left as it is.
template <class Change>
std::string resigned(const std::string& text, Change change) {
  Signature signature;
  if (!base58::decode_exactly(text, signature.bytes)) return text;
  change(signature.bytes);
  return base58::encode(signature.bytes);
}

// S, which is the second half, little endian, plus L, the order of the group: it solves the same equation.
void add_order(std::array<std::uint8_t, 64>& bytes) {
  constexpr std::array<std::uint8_t, 32> kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                                   0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                                   0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    carry += static_cast<unsigned>(bytes[32 + i]) + kOrder[i];
    bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
}

std::string mutate_bytes(std::string text, Mutation mutation, const Choose& choose) {
  if (mutation == Mutation::kInsertByte) {
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(choose(text.size() + 1)), byte_of(choose));
    return text;
  }
  if (text.empty()) return text;
  const auto [from, size] = run_in(text, choose);
  switch (mutation) {
    case Mutation::kFlipBit: text[from] = static_cast<char>(text[from] ^ (1 << choose(8))); break;
    case Mutation::kSetByte: text[from] = byte_of(choose); break;
    case Mutation::kDeleteByte: text.erase(from, 1); break;
    case Mutation::kDuplicateRun: text.insert(from, text.substr(from, size)); break;
    case Mutation::kDeleteRun: text.erase(from, size); break;
    default: text.resize(from); break;  // kTruncate
  }
  return text;
}

}  // namespace

const char* name_of(Mutation mutation) {
  constexpr const char* kNames[] = {
      "flip a bit",   "set a byte",      "insert a byte", "delete a byte",      "duplicate a run", "delete a run",
      "truncate",     "swap two fields", "drop a field",  "transplant a field", "respell TIME",    "respell UUID",
      "respell FLAG", "respell base58",  "add L to S",    "flip a bit of SIG",  "sign by another"};
  static_assert(std::size(kNames) == kMutations);
  return kNames[static_cast<std::size_t>(mutation)];
}

std::string mutate(std::string_view message, std::string_view other, Mutation mutation, const Choose& choose) {
  if (mutation <= Mutation::kTruncate) return mutate_bytes(std::string(message), mutation, choose);
  std::vector<std::string> fields = fields_of(message);
  if (fields.size() != kFields) return mutate_bytes(std::string(message), Mutation::kFlipBit, choose);
  const auto some_field = static_cast<std::size_t>(choose(kFields));
  switch (mutation) {
    case Mutation::kSwapFields: std::swap(fields[some_field], fields[static_cast<std::size_t>(choose(kFields))]); break;
    case Mutation::kDropField: fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(some_field)); break;
    case Mutation::kTransplantField: fields[some_field] = fields_of(other)[some_field]; break;
    case Mutation::kRespellTime: fields[kTime] = respelt_hex(fields[kTime], choose); break;
    case Mutation::kRespellUuid: fields[kUuid] = respelt_hex(fields[kUuid], choose); break;
    case Mutation::kRespellFlag: fields[kFlag] = respelt_flag(choose); break;
    case Mutation::kRespellBase58: {
      std::string& field = fields[some_field % 2 == 0 ? kPub : kSig];
      field = respelt_base58(field, choose);
      break;
    }
    case Mutation::kAddOrder: fields[kSig] = resigned(fields[kSig], add_order); break;
    case Mutation::kFlipDecodedBit: {
      const auto bit = static_cast<std::size_t>(choose(512));
      fields[kSig] = resigned(fields[kSig], [bit](std::array<std::uint8_t, 64>& bytes) {
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
      });
      break;
    }
    default: {  // kResignByOther
      std::vector<std::string> body(fields.begin() + kDest, fields.end());
      fields[kSig] = keys::to_base58(key_of(static_cast<std::uint8_t>(100 + choose(100))).sign(joined(body)));
      break;
    }
  }
  return joined(fields);
}

}  // namespace remaphore::test
