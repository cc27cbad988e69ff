"""bench/RESULTS.md: where, when, what and how it was measured, then the tables."""

import datetime
import os
import platform
import re
import subprocess

from figures import HEADINGS, Row, markdown


def said_by(*words, cwd=None):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd)
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else "unknown"


def field(path, name, separator):
    with open(path) as file:
        return next(line.partition(separator)[2].strip().strip('"') for line in file if line.startswith(name))


def machine(server):
    cpu = field("/proc/cpuinfo", "model name", ":")
    memory = int(field("/proc/meminfo", "MemTotal", ":").split()[0]) / 2**20
    virtual = " (a virtual machine)" if "hypervisor" in field("/proc/cpuinfo", "flags", ":").split() else ""
    return [
        ["CPU", f"{cpu}, {os.cpu_count()} cores{virtual}"],
        ["memory", f"{memory:.0f} GiB"],
        ["kernel", platform.release()],
        ["system", field("/etc/os-release", "PRETTY_NAME", "=") + ", " + os.confstr("CS_GNU_LIBC_VERSION")],
        ["compiler", said_by("g++", "--version")],
        ["server", said_by(server, "--version")],
    ]


def commit(root):
    name = said_by("git", "rev-parse", "--short=12", "HEAD", cwd=root)
    changed = subprocess.run(["git", "status", "--porcelain", "--", "src", "bench", "cmake", "CMakeLists.txt"],
                             cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return name + (" and uncommitted changes" if changed else "")


def conditions(root, server, command):
    """Call before anything is measured."""
    return [*machine(server), ["load average before", f"{os.getloadavg()[0]:.1f}"], ["commit", commit(root)],
            ["command", f"`{command}`"]]


def write(path, facts, began, sections):
    """`facts`: conditions(); `sections`: name -> rows and tables."""
    rows = [row for found in sections.values() for row in found if isinstance(row, Row) and row.target is not None]
    met = sum(row.met for row in rows)
    facts = [*facts, ["date", began.strftime("%Y-%m-%d %H:%M UTC")], ["took", f"{minutes(began)} minutes"]]
    text = "# Results\n\n" + markdown(facts, ["measured", "on"])
    text += ("\nMedians. A ratio is that of runs side by side, one by one, and its median; what the figures mean and "
             "what bounds\nthem: [doc/performance.md](../doc/performance.md).\n")
    text += f"\n## Targets: {met} of {len(rows)} met\n\n" + markdown(rows)
    for name, found in sections.items():
        text += f"\n## {name}\n\n" + tables(found, markdown)
    with open(path, "w") as file:
        file.write(text)


def renew(path, facts, began, sections):
    """Puts these sections in the place of those of their names, with what they were measured on, or at the end."""
    with open(path) as file:
        head, *parts = re.split(r"^## ", file.read(), flags=re.M)
    found = {part.partition("\n")[0]: part.partition("\n")[2] for part in parts if not part.startswith("Targets: ")}
    on = "; ".join(f"{name} {value}" for name, value in facts if name in ("load average before", "commit"))
    for name, rows in sections.items():
        found[name] = f"\nBy itself: {on}; {began.strftime('%Y-%m-%d %H:%M UTC')}.\n\n{tables(rows, markdown)}\n"
    judged = [cells for text in found.values() for cells in map(cells_of, text.splitlines())
              if len(cells) == len(HEADINGS) and cells[6] in ("yes", "**no**")]
    met = sum(cells[6] == "yes" for cells in judged)
    targets = f"## Targets: {met} of {len(judged)} met\n\n" + markdown(judged) + "\n"
    with open(path, "w") as file:
        file.write(head + targets + "\n".join(f"## {name}\n{text.rstrip()}\n" for name, text in found.items()))


def cells_of(line):
    return [cell.strip() for cell in line.strip("| ").split(" | ")] if line.startswith("| ") else []


def minutes(began):
    return round((datetime.datetime.now(datetime.timezone.utc) - began).total_seconds() / 60)


def tables(found, style):
    """Rows first, then tables with columns of their own."""
    rows = [one for one in found if isinstance(one, Row)]
    return "\n".join([style(rows)] + [style(one.cells, one.headings) for one in found if not isinstance(one, Row)])
