#include "core/filter.h"

#include <algorithm>

#include "core/destination.h"

namespace remaphore {

const char* Filter::refuses(const wire::Fields& fields, const Uuid& message_uuid) const {
  if (destination && !destination::matches(*destination, fields.destination()) &&
      !(literal_destination && *destination == fields.destination())) {
    return "it is for another destination";
  }
  if (uuid && *uuid != message_uuid) return "it has another uuid";
  if (!verbs.empty() && std::find(verbs.begin(), verbs.end(), fields.verb()) == verbs.end()) {
    return "it has another verb";
  }
  if (public_key && *public_key != fields.public_key()) return "it is signed by another key";
  return nullptr;
}

}  // namespace remaphore
