#include "check/check_streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/stream_trouble.h"
#include "base/text.h"
#include "core/subject.h"
#include "jetstream/request.h"
#include "nats/token.h"

namespace remaphore {
namespace {

using jetstream::StreamConfig;
using Info = jetstream::Answer<jetstream::StreamInfo>;
using Kind = jetstream::Failure::Kind;

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// Empty if no user of the stream can spoil it for the others.
std::string danger(const StreamConfig& stream) {
  if (stream.allow_direct || !stream.deny_delete || !stream.deny_purge)
    return fmt::format("nodes can empty the stream {}: remaphore-fleet provision DIR protects it", stream.name);
  return {};
}

std::string lock_fault(const StreamConfig& stream, const std::string& subject) {
  if (!has(stream.subjects, subject) || stream.max_messages_per_subject != 1) {
    return fmt::format("the stream {} is not set up for locks: remaphore-fleet provision DIR repairs it", stream.name);
  }
  return danger(stream);
}

std::string message_fault(const StreamConfig& stream, const std::string& subject) {
  if (!has(stream.subjects, subject)) return stream_trouble({Kind::kNotKept, {}}, stream.name, subject);
  return danger(stream);
}

bool is_only_late(const jetstream::Failure& failure) {
  return failure.kind == Kind::kTimeout || failure.kind == Kind::kUnavailable || failure.kind == Kind::kOther ||
         failure.kind == Kind::kNoResponders || failure.kind == Kind::kOff;
}

class Judge {
 public:
  Judge(const Config& config, bool all_reached, Checklist& list)
      : config_(config), all_reached_(all_reached), list_(list) {}

  void messages(const std::string& server, const Info& info) {
    const std::string subject = subject::broadcast(config_.subject, "all");
    judge(server, "keeps no messages", jetstream::stream_name(config_.subject), subject, info, [&] {
      const std::string fault = message_fault(info->config, subject);
      fault.empty() ? list_.yes(fmt::format("{} {}", server, jetstream::describe(info->config, "messages")))
                    : list_.no(fault, "");
    });
  }
  void locks(const std::string& server, const Info& info) {
    const std::string subject = fmt::format("{}.lock.>", config_.subject);
    judge(server, "grants no locks", jetstream::lock_stream_name(config_.subject), subject, info, [&] {
      const std::string fault = lock_fault(info->config, subject);
      fault.empty() ? list_.yes(fmt::format("{} grants locks", server)) : list_.no(fault, "");
    });
  }

 private:
  template <class Good>
  void judge(const std::string& server, std::string_view lack, const std::string& stream, const std::string& subject,
             const Info& info, Good good) {
    if (info) return good();
    if (!all_reached_ && is_only_late(info.error())) {
      return list_.note(fmt::format("{} {} while other servers are down", server, lack));
    }
    list_.no(fmt::format("{} {}", server, lack), stream_trouble(info.error(), stream, subject));
  }

  const Config& config_;
  const bool all_reached_;
  Checklist& list_;
};

}  // namespace

StreamRights stream_rights(const std::string& token, const Config& config) {
  const auto permissions = nats::read_permissions(token);
  if (!permissions) return StreamRights::kNone;
  if (permissions->publish.empty()) return StreamRights::kAllowed;
  const std::string question = jetstream::stream_info(jetstream::stream_name(config.subject)).subject;
  if (has(permissions->publish, question)) return StreamRights::kGranted;
  return has(permissions->publish, ">") ? StreamRights::kAllowed : StreamRights::kNone;
}

void check_streams(const Config& config, StreamRights rights, const std::vector<Reached>& reached, bool all_reached,
                   Checklist& list) {
  if (reached.empty()) return;
  constexpr std::string_view kNothing =
      "no messages are kept for this node, and it cannot use locks: remaphore-fleet "
      "provision DIR, run where the fleet is kept, creates the streams and credentials";
  const auto has_streams = [](const Reached& one) { return one.probe.messages && *one.probe.messages; };
  if (rights == StreamRights::kNone ||
      (rights == StreamRights::kAllowed && std::none_of(reached.begin(), reached.end(), has_streams))) {
    return list.note(kNothing);
  }
  Judge judge(config, all_reached, list);
  for (const Reached& one : reached) {
    if (one.probe.messages) judge.messages(one.server, *one.probe.messages);
    if (one.probe.locks) judge.locks(one.server, *one.probe.locks);
  }
}

void check_cluster(const std::vector<Reached>& reached, Checklist& list) {
  if (reached.size() < 2) return;
  const Reached& first = reached.front();
  std::string names = first.server;
  for (auto other = reached.begin() + 1; other != reached.end(); ++other) {
    names += fmt::format(", {}", other->server);
    const Probe &a = first.probe, &b = other->probe;
    if (a.server_id == b.server_id) continue;  // another name of the same server
    if (a.cluster.empty() || a.cluster != b.cluster) {
      return list.no(
          fmt::format("{} and {} do not form a cluster: nodes connected to one do not hear those on the other",
                      first.server, other->server),
          "remaphore-fleet servers DIR, where the fleet is kept, joins them");
    }
    if (a.messages && *a.messages && b.messages && *b.messages && (*a.messages)->created != (*b.messages)->created) {
      return list.no(fmt::format("{} and {} have different streams, so the cluster {} is split", first.server,
                                 other->server, escape_control(a.cluster)),
                     "can they reach each other's cluster ports?");
    }
  }
  list.yes(fmt::format("{} form one cluster", names));
}

}  // namespace remaphore
