// Loads remaphore-tls.so, for io/tls.h and io/certificates.h.
#pragma once

#include "base/result.h"

struct remaphore_tls_module;

namespace remaphore {

// Once per process. Errc::kConnection: it is not installed, or belongs to a different version.
Result<const remaphore_tls_module*> load_tls_module();

}  // namespace remaphore
