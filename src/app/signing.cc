#include "app/signing.h"

#include <algorithm>

#include "core/wire.h"

namespace remaphore {

SignedMessage sign_message(const Message& draft, const std::string& destination, WallTime time, const SecretKey& key) {
  Message message = draft;
  message.destination = destination;
  message.time = time;
  return {.bytes = wire::encode(message, key), .time = time};
}

void Signing::Work::run() noexcept {
  signed_ = sign_message(all_.draft_, destination_, time_, all_.key_);
  signed_->hash = wire::hash(signed_->bytes);
}

Signing::Signing(const Message& draft, const SecretKey& key, Workers& workers)
    : draft_(draft),
      key_(key),
      workers_(workers),
      most_(std::min(kMaxAhead, kMaxBytesAhead / (wire::kMaxHeader + draft.payload.size()))) {}

Signing::~Signing() {
  for (const Work& work : works_) {
    while (!work.done() && !workers_.take_back(work)) {
    }
  }
}

bool Signing::begin(std::size_t number, const std::string& destination, WallTime time) {
  if (end() - next_ >= most_) return false;
  if (works_.empty()) first_ = next_ = number;
  workers_.submit(works_.emplace_back(*this, destination, time));
  return true;
}

std::optional<SignedMessage> Signing::take(std::size_t number) {
  if (number != next_ || number >= end()) return std::nullopt;
  Work& wanted = works_[number - first_];
  for (std::size_t i = number - first_; !wanted.done() && i < works_.size(); ++i) {
    if (!works_[i].done() && workers_.take_back(works_[i])) works_[i].perform();
  }
  std::optional<SignedMessage> result;
  if (wanted.done()) result = wanted.result();
  ++next_;
  for (; first_ < next_ && works_.front().done(); ++first_) works_.pop_front();
  return result;
}

}  // namespace remaphore
