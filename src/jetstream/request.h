// Requests to JetStream: the subjects of its API and their JSON bodies. The answer comes to the reply-to subject of
// the request (jetstream/answer.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetstream/stream_config.h"

namespace remaphore::jetstream {

struct Request {
  std::string subject;
  std::string body;
};

// "REMAPHORE" for the config's subject "remaphore": in capitals; characters not allowed in a stream name become '_'.
std::string stream_name(std::string_view subject);
std::string lock_stream_name(std::string_view subject);  // "REMAPHORE_LOCKS"

Request stream_info(std::string_view stream);
Request stream_info(std::string_view stream, std::string_view subjects);  // names those kept, of these with wildcards
Request message_at(std::string_view stream, std::uint64_t sequence);
Request last_message_on(std::string_view stream, std::string_view subject);  // it may have wildcards
// The first one at that sequence or behind it.
Request next_message_on(std::string_view stream, std::string_view subject, std::uint64_t sequence);
Request create_stream(const StreamConfig& config);
Request update_stream(const StreamConfig& config);

}  // namespace remaphore::jetstream
