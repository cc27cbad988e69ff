// NAME NUL PATTERN: the matcher agrees with the oracle and never crashes.

#include "core/destination.h"

#include "fuzz/fuzz.h"
#include "property/destination_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  fuzz::Input input(data, size);
  const std::string_view name = input.until('\0'), pattern = input.rest();
  const bool matched = destination::matches(name, pattern);
  fuzz::require(matched == oracle::matches(oracle::segments_of(name), oracle::segments_of(pattern)),
                "the matcher says what the oracle says");
  if (name.find('*') == std::string_view::npos) {
    fuzz::require(destination::matches(name, "**"), "** matches every name");
    fuzz::require(destination::matches(name, name), "a name matches itself");
  }
  return 0;
}
