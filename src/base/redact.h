// What an error may repeat of a text that a user wrote, where a private key, or a piece of one, may stand by mistake.
#pragma once

#include <string>
#include <string_view>

namespace remaphore {

enum class Place {
  kWord,  // a key, verb, name, number or line of a config
  kPath,  // a file or folder: names that programs made up stay readable
};

// `text` with its runs of letters and digits replaced by "(88 characters not shown)" where they may be part of a key in
// base58, base32 or base64. Shown are short runs and those that no key of some length looks like: in a word up to 7
// characters, and up to 20 if they are lowercase letters, or one of uppercase before them, and digits behind them; in a
// path up to 24, and lowercase letters and digits of any number.
std::string redact(std::string_view text, Place place = Place::kWord);

// The same in quotes, as quote() has it.
std::string quote_redacted(std::string_view text);

// A path for an error: redacted, and control bytes escaped.
std::string display_path(std::string_view path);

}  // namespace remaphore
