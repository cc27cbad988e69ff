// Redacts text that a user wrote before an error repeats it: a private key, or a piece of one, may be there by mistake.
#pragma once

#include <string>
#include <string_view>

namespace remaphore {

enum class Place {
  kWord,  // a key, verb, name, number or line of a config
  kPath,  // a file or folder: generated names stay readable
};

// `text` with each run of letters and digits that may be part of a key in base58, base32 or base64 replaced by
// "(88 characters not shown)". Short runs and those unlike any key stay: in a word, up to 7 characters, or up to 20
// if they are lowercase letters with at most one uppercase letter before and digits after them; in a path, up to 24
// characters, or any number of lowercase letters and digits.
std::string redact(std::string_view text, Place place = Place::kWord);

// The same, quoted as by quote().
std::string quote_redacted(std::string_view text);

// A path for an error: redacted, with control bytes escaped.
std::string display_path(std::string_view path);

}  // namespace remaphore
