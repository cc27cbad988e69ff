// Does the server keep messages for this node, and can the node use locks? And do the servers of a config form one
// cluster, or do they split the fleet? Judged by what each server reported (probe.h).
#pragma once

#include <string>
#include <vector>

#include "check/checklist.h"
#include "check/probe.h"
#include "core/config.h"

namespace remaphore {

struct Reached {
  std::string server;  // host:port
  Probe probe;
};

StreamRights stream_rights(const std::string& token, const Config& config);

// `all_reached`: none of the config's servers is missing; if one is, those of a cluster may be unable to answer.
void check_streams(const Config& config, StreamRights rights, const std::vector<Reached>& reached, bool all_reached,
                   Checklist& list);

// Whether the servers form one cluster; checked only if several were reached.
void check_cluster(const std::vector<Reached>& reached, Checklist& list);

}  // namespace remaphore
