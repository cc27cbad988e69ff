#include "core/config.h"

#include <fmt/format.h>

#include "base/redact.h"

namespace remaphore {

Result<const Identity*> Config::identity_for(std::string_view verb, std::string_view public_key) const {
  if (!public_key.empty()) {
    auto identity = identity_of(public_key);
    if (!identity || (*identity)->verbs.allows(verb)) return identity;
    return fail(Errc::kUsage, fmt::format("identity {} may not send verb {}, only [{}]", public_key,
                                          quote_redacted(verb), (*identity)->verbs.text()));
  }
  if (default_signer().verbs.allows(verb)) return &default_signer();
  std::string looked_at;
  for (const Identity& identity : identities) {
    if (identity.verbs.allows(verb)) return &identity;
    looked_at += fmt::format("{}{} [{}]", looked_at.empty() ? "" : ", ", identity.public_key, identity.verbs.text());
  }
  return fail(Errc::kUsage,
              fmt::format("no configured identity may send verb {}; looked at {}", quote_redacted(verb), looked_at));
}

Result<const Identity*> Config::identity_of(std::string_view public_key) const {
  std::string there;
  for (const Identity& identity : identities) {
    if (identity.public_key == public_key) return &identity;
    there += fmt::format("{}{}", there.empty() ? "" : ", ", identity.public_key);
  }
  return fail(Errc::kUsage,
              fmt::format("no configured identity has the key {}; configured: {}", quote_redacted(public_key), there));
}

}  // namespace remaphore
