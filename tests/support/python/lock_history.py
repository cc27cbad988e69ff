"""Judges what commands under a lock did: at most N at once, fences that rise, and for N = 1 the order of the queue.

Each command appends one line when it starts and one when it ends, with CLOCK_MONOTONIC of the one host they all run on.
A command that was killed records no end. Whoever killed it, or saw that it was gone, gives the time by which it was; so
does the next command, which looks before it starts whether those without an end are gone.
"""

import collections
import os
import stat

# start FENCE TICKET-NAME PID NANOSECONDS, and the same with end or, written by another, gone.
SCRIPT = """#!/usr/bin/python3 -SE
import os, signal, sys, time
started = False
def write(what, fence, who, pid):
    os.write(log, b"%s %s %s %d %d\\n" % (what, fence, who, pid, time.clock_gettime_ns(time.CLOCK_MONOTONIC)))
def say(what):
    write(what, os.environb[b"REMAPHORE_FENCE"], sys.argv[2].encode(), os.getpid())
def is_gone(pid):
    try:
        with open(b"/proc/%d/stat" % pid, "rb") as file:
            return file.read().rpartition(b") ")[2][:1] in b"ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
def report_gone():
    open_ones = set()
    with open(sys.argv[1], "rb") as file:
        for line in file:
            what, fence, who, pid, _ = line.split()
            (open_ones.add if what == b"start" else open_ones.discard)((fence, who, int(pid)))
    for fence, who, pid in open_ones:
        if is_gone(pid):
            write(b"gone", fence, who, pid)
def ended(*_):
    if started:
        say(b"end")
    os._exit(0)
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
signal.signal(signal.SIGTERM, ended)
report_gone()
started = True
say(b"start")
seconds = float(sys.argv[3])
while seconds < 0:
    signal.pause()
time.sleep(seconds)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(b"end")
"""

Span = collections.namedtuple("Span", "fence who pid start end")  # end: None while it runs


class Broken(AssertionError):
    """The history is not one of a lock."""


def write_script(path):
    """The command: PATH LOG WHO SECONDS; negative: until TERM."""
    with open(path, "w") as file:
        file.write(SCRIPT)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def parse(text, gone=None):
    """Spans in the order of their starts. `gone`: {pid: nanoseconds} by which a killed command was no more."""
    spans = {}
    for line in text.splitlines():
        what, fence, who, pid, at = line.split()
        key = (int(pid), int(fence))
        if what == "start":
            if key in spans:
                raise Broken(f"a command started twice: {line}")
            spans[key] = Span(int(fence), who, int(pid), int(at), None)
        elif what == "gone":
            if key not in spans:
                raise Broken(f"gone without a start: {line}")
            if spans[key].end is None:  # two that start at once may both say it
                spans[key] = spans[key]._replace(end=int(at))
        else:
            if key not in spans or spans[key].end is not None:
                raise Broken(f"an end without a start: {line}")
            spans[key] = spans[key]._replace(end=int(at))
    for key, span in spans.items():
        if span.end is None and gone and span.pid in gone:
            spans[key] = span._replace(end=gone[span.pid])
    return sorted(spans.values(), key=lambda span: span.start)


def most_at_once(spans):
    """The highest number of commands that ran at a time, and which they were."""
    running, most = [], []
    for span in spans:
        running = [other for other in running if other.end is None or other.end > span.start] + [span]
        if len(running) > len(most):
            most = list(running)
    return len(most), most


def judge(spans, slots, queue=None):
    """Raises Broken at the first thing that a lock must not do.

    `queue`: the names in the order in which they queued, each once; those that never ran are passed over.
    """
    count, running = most_at_once(spans)
    if count > slots:
        raise Broken(f"{count} at once, allowed are {slots}: " + "; ".join(map(str, running)))
    if slots == 1:
        for before, after in zip(spans, spans[1:]):
            if after.fence <= before.fence:
                raise Broken(f"the fence does not rise: {before}; {after}")
    else:  # a holder beside others may be slow to start: fewer than there are slots at a time
        for before in spans:
            late = [after for after in spans
                    if before.end is not None and after.start > before.end and after.fence <= before.fence]
            if len(late) >= slots:
                raise Broken(f"the fence does not rise: {before}; {late}")
    if len({span.fence for span in spans}) != len(spans):
        raise Broken("a fence was given twice: " + "; ".join(map(str, spans)))
    if queue is not None and slots == 1:
        place = {who: number for number, who in enumerate(queue)}
        ran = [span for span in spans if span.who in place]
        for before, after in zip(ran, ran[1:]):
            if place[after.who] < place[before.who]:
                raise Broken(f"out of order: {before}; {after}")
    return spans
