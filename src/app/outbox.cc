#include "app/outbox.h"

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

std::size_t Outbox::answer_limit() const {
  const std::size_t payload = std::min(bus_.max_payload(), kMaxPayload);
  return payload > kReplyHeader ? payload - kReplyHeader : 0;
}

void Outbox::add(Reply reply) {
  bytes_ += reply.output.size();
  replies_.push_back(std::move(reply));
}

void Outbox::opened() { open_ = true; }

void Outbox::lost() {
  open_ = false;
  sent_ = 0;
  expected_.clear();
}

void Outbox::expect_confirmation() {
  std::size_t covered = sent_;
  for (const std::size_t earlier : expected_) covered -= earlier;
  expected_.push_back(covered);
}

void Outbox::confirmed() {
  if (expected_.empty()) return;
  for (std::size_t n = expected_.front(); n > 0; --n) {
    bytes_ -= replies_.front().output.size();
    replies_.pop_front();
    --sent_;
  }
  expected_.pop_front();
}

void Outbox::flush() {
  if (!open_ || sent_ == replies_.size()) return;
  const Identity& signer = config_.default_signer();
  for (; sent_ < replies_.size(); ++sent_) {
    const Reply& reply = replies_[sent_];
    Message message;
    message.destination.clear();
    message.time = clock_.now();
    message.uuid = Uuid::from_hash(reply.request);
    message.verb = kReplyVerb;
    message.payload = format_answer(reply.exit_status, reply.output, reply.output_dropped, answer_limit());
    const std::string bytes = wire::encode(message, signer.secret_key);
    if (bytes.size() > bus_.max_payload()) {
      log_.error(fmt::format("a reply of {} bytes cannot be sent: the server takes {}", bytes.size(), bus_.max_payload()));
      continue;
    }
    bus_.publish(subject::reply(config_.subject, reply.request), bytes);
  }
  bus_.confirm();
  expect_confirmation();
}

}  // namespace remaphore
