#include "core/filter.h"

#include <algorithm>

#include "core/destination.h"

namespace remaphore {

const char* Filter::refuses(const wire::Fields& fields, const Uuid& message_uuid) const {
  if (destination && !destination::matches(*destination, fields.destination()) &&
      !(literal_destination && *destination == fields.destination())) {
    return "it is for a different destination";
  }
  if (uuid && *uuid != message_uuid) return "it has a different uuid";
  if (!verbs.empty() && std::find(verbs.begin(), verbs.end(), fields.verb()) == verbs.end()) {
    return "it has a different verb";
  }
  if (public_key && *public_key != fields.public_key()) return "it is signed by a different key";
  return nullptr;
}

}  // namespace remaphore
