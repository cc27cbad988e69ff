// The end of a barrier: its exit status, and who or how many are missing.
#pragma once

#include "app/message_recorder.h"
#include "core/exit_status.h"
#include "core/goal.h"
#include "ports/log.h"

namespace remaphore {

// kOk: complete; kCommandFailed: complete, but a command failed; kSilent: incomplete, but some node has signalled;
// kNothing: no node has signalled.
ExitStatus barrier_status(const Goal& goal);

// Logs which nodes have not arrived, or how many, unless the barrier is complete.
void report_missing(const Goal& goal, Log& log);

// The same for --json: an object for each missing node whose name is known, complete or not.
void record_missing(const Goal& goal, const MessageRecorder& recorder);

}  // namespace remaphore
