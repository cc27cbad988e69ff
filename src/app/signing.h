// Signs the messages of a publisher ahead of their turn, on all cores. The caller never waits for a thread that is busy
// with something else: it signs a message itself if no thread has begun it.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"
#include "core/keys.h"
#include "core/message.h"
#include "ports/workers.h"

namespace remaphore {

// A message as it is published.
struct SignedMessage {
  std::string bytes;
  WallTime time;                    // its TIME
  std::optional<Digest> hash = {};  // if it was made
};

// A message that was signed longer ago is signed again before it is sent: a server that was slow to answer must not use
// up the receivers' clock skew.
inline constexpr Duration kFresh = std::chrono::milliseconds(100);

// `draft` with this destination and time.
SignedMessage sign_message(const Message& draft, const std::string& destination, WallTime time, const SecretKey& key);

class Signing {
 public:
  // Limits for messages that are signed and not taken. `draft` below: everything but destination and time.
  static constexpr std::size_t kMaxAhead = 128;
  static constexpr std::size_t kMaxBytesAhead = std::size_t{1} << 20;

  // All must outlive it.
  Signing(const Message& draft, const SecretKey& key, Workers& workers);
  Signing(const Signing&) = delete;
  Signing& operator=(const Signing&) = delete;
  ~Signing();  // waits for what is being signed

  // Begins to sign message `number`, the first or one more than the last. False: enough are signed ahead. `destination`
  // must outlive it.
  bool begin(std::size_t number, const std::string& destination, WallTime time);
  // The number that begin() takes next; 0 if it has taken none.
  std::size_t end() const { return first_ + works_.size(); }
  // The signed message; in order, each once. nullopt: it was not begun, or another thread is not done with it.
  std::optional<SignedMessage> take(std::size_t number);

 private:
  class Work : public Task {
   public:
    Work(const Signing& all, const std::string& destination, WallTime time)
        : all_(all), destination_(destination), time_(time) {}
    std::size_t bytes() const override { return all_.draft_.payload.size(); }
    SignedMessage result() { return std::move(*signed_); }

   private:
    void run() noexcept override;
    const Signing& all_;
    const std::string& destination_;
    const WallTime time_;
    std::optional<SignedMessage> signed_;
  };

  const Message& draft_;
  const SecretKey& key_;
  Workers& workers_;
  const std::size_t most_;
  std::size_t first_ = 0;   // the number of works_.front()
  std::size_t next_ = 0;    // the next to be taken
  std::deque<Work> works_;  // taken ones too, until no thread has them or an earlier one
};

}  // namespace remaphore
