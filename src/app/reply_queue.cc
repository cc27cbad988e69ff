#include "app/reply_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/reply_format.h"
#include "core/subject.h"
#include "core/wire.h"

namespace remaphore {
namespace {

constexpr std::string_view kReplyVerb = "reply";
// PUB,SIG,,TIME,UUID,reply,_, at its longest.
constexpr std::size_t kReplyHeader =
    kMaxPublicKeyText + kMaxSignatureText + 17 + 2 * Uuid::kMaxBytes + kReplyVerb.size() + 1 + 7;

}  // namespace

std::size_t ReplyQueue::answer_limit() const {
  const std::size_t payload = std::min(bus().max_payload(), kMaxPayload);
  return payload > kReplyHeader ? payload - kReplyHeader : 0;
}

void ReplyQueue::add(Reply reply) {
  bytes_ += reply.output.size() + kOverhead;
  replies_.push_back(std::move(reply));
}

void ReplyQueue::drop(std::size_t index) {
  bytes_ -= replies_[index].output.size() + replies_[index].bytes.size() + kOverhead;
  replies_.erase(replies_.begin() + static_cast<std::ptrdiff_t>(index));
}

void ReplyQueue::lost(const LinkLost&) {
  open_ = false;
  sent_ = 0;
  flushes_.clear();
}

void ReplyQueue::flushed(FlushId id) {
  while (!flushes_.empty() && flushes_.front().id <= id) {
    for (std::size_t n = flushes_.front().replies; n > 0; --n) {
      drop(0);
      --sent_;
    }
    flushes_.pop_front();
  }
}

void ReplyQueue::sign(Reply& reply) {
  Message message;
  message.destination.clear();
  message.time = reply.signed_at = clock_.now();
  message.uuid = Uuid::from_hash(reply.request);
  message.verb = kReplyVerb;
  message.payload = format_answer(reply.exit_status, reply.output, reply.output_dropped, answer_limit());
  bytes_ -= reply.bytes.size();
  reply.bytes = wire::encode(message, config_.default_signer().secret_key);
  bytes_ += reply.bytes.size();
}

void ReplyQueue::flush() {
  if (!open_ || !has_unsent()) return;
  std::size_t published = 0;
  for (std::size_t n = 0; n < kSentAtOnce && has_unsent(); ++n) {
    Reply& reply = replies_[sent_];
    const bool fresh = !reply.bytes.empty() && distance(clock_.now(), reply.signed_at) < config_.allow_skew / 2;
    if (!fresh || reply.bytes.size() > bus().max_payload()) sign(reply);
    const bool too_large = reply.bytes.size() > bus().max_payload();
    if (too_large || ++reply.sendings > kMaxSendings) {
      log_.error(fmt::format("a reply of {} bytes cannot be sent: {}", reply.bytes.size(),
                             too_large ? fmt::format("the server takes {}", bus().max_payload())
                                       : fmt::format("{} connections ended with it", kMaxSendings)));
      drop(sent_);
      continue;
    }
    bus().publish({.subject = subject::reply(config_.subject, reply.request), .payload = reply.bytes});
    ++sent_;
    ++published;
  }
  flushes_.push_back({bus().flush(*this), published});
}

}  // namespace remaphore
