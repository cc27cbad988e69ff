"""What vector_tests must refuse: vectors that are unknown, missing or wrong. And what it must accept.

usage: test_refusals.py PROGRAM
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COMMITTED = pathlib.Path(__file__).parent


def first(stem, **wanted):
    for line in (COMMITTED / f"{stem}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if all(row.get(key) == value for key, value in wanted.items()):
            return row
    sys.exit(f"no row of {stem} with {wanted}")


def changed(row, drop=(), **changes):
    row = json.loads(json.dumps(row))
    for key in drop:
        del row[key]
    row.update(changes)
    return json.dumps(row) + "\n"


MESSAGE = first("messages", expect="ok", kind="message")
REPLY = first("messages", expect="ok", kind="reply")
REFUSED = first("messages", expect="skew")
CONFIG = first("configs", name="readme-shape")
BAD_CONFIG = first("configs", expect="error")
DURATION = first("durations", ok=True)
FLIPPED = ("0" if MESSAGE["bytes"][-1] != "0" else "1").join([MESSAGE["bytes"][:-1], ""])

CASES = [  # name, {file: text}, what stderr has to say
    ("an empty folder", {}, "no vectors here"),
    ("an empty file", {"uuids.jsonl": ""}, "holds no rows"),
    ("an unknown file", {"colours.jsonl": '{"text":"a"}\n'}, "no such kind"),
    ("no JSON", {"uuids.jsonl": "text\n"}, "parse error"),
    ("an empty line", {"uuids.jsonl": '{"text":"a","uuid":"61"}\n\n'}, "uuids.jsonl:2"),
    ("no object", {"uuids.jsonl": "[]\n"}, "no JSON object"),
    ("a wrong type", {"uuids.jsonl": '{"text":1,"uuid":"61"}\n'}, "text is not a string"),
    ("a wrong uuid", {"uuids.jsonl": '{"text":"a","uuid":"62"}\n'}, "the uuid is"),
    ("an unknown key", {"uuids.jsonl": '{"text":"a","uuid":"61","x":1}\n'}, "the key x is not known"),
    ("a missing key", {"uuids.jsonl": '{"text":"a"}\n'}, "the key uuid is missing"),
    ("a key twice", {"uuids.jsonl": '{"text":"b","text":"a","uuid":"61"}\n'},
     "uuids.jsonl:1: the key text is there twice"),
    ("a key twice deep inside", {"configs.jsonl": changed(CONFIG).replace('"verbs"', '"verbs":[],"verbs"')}, "twice"),
    ("base58 of absurd length", {"base58.jsonl": '{"bytes":"%s","text":"1"}\n' % ("00" * 129)}, "base58.jsonl:1"),
    ("wrong base58", {"base58.jsonl": '{"bytes":"2d","text":"o"}\n'}, "the text is"),
    ("a wrong duration", {"durations.jsonl": changed(DURATION, ns="1")}, "it is taken for"),
    ("a duration refused in vain", {"durations.jsonl": changed(DURATION, ["ns"], ok=False)}, "it is taken for"),
    ("a duration without ns", {"durations.jsonl": changed(DURATION, ["ns"])}, "the key ns is missing"),
    ("a wrong match", {"destinations.jsonl": '{"destination":"a","pattern":"b","match":true}\n'}, "do not match"),
    ("an unknown verdict", {"messages.jsonl": changed(REFUSED, expect="never")}, "the verdict never is not known"),
    ("an unknown kind", {"messages.jsonl": changed(REFUSED, kind="rumour")}, "the kind rumour is not known"),
    ("a wrong verdict", {"messages.jsonl": changed(REFUSED, expect="signature")}, "the verdict is"),
    ("a field of a refused message", {"messages.jsonl": changed(REFUSED, verb="70")}, "the key verb is not known"),
    ("a changed message", {"messages.jsonl": changed(MESSAGE, bytes=FLIPPED)}, "the verdict is"),
    ("a message as a reply", {"messages.jsonl": changed(MESSAGE, kind="reply")}, "the verdict is"),
    ("a reply as a message", {"messages.jsonl": changed(REPLY, kind="message")}, "the verdict is"),
    ("an unknown config verdict", {"configs.jsonl": changed(CONFIG, expect="maybe")}, "the verdict maybe"),
    ("an unknown key of a bad config", {"configs.jsonl": changed(BAD_CONFIG, colour="red")}, "the key colour is not"),
    ("a config refused in vain", {"configs.jsonl": changed(BAD_CONFIG, text=CONFIG["text"])}, "it is accepted"),
    ("a bad config accepted", {"configs.jsonl": changed(CONFIG, text="")}, "it is refused"),
    ("other servers", {"configs.jsonl": changed(CONFIG, servers=["nats://other"])}, "a server is"),
    ("other identities", {"configs.jsonl": changed(CONFIG, identities=[])}, "identities"),
    ("other verbs", {"configs.jsonl": changed(CONFIG, peers=[dict(CONFIG["peers"][0], verbs=["x"])])}, "its verbs"),
]
for key in ("destination", "time_ns", "uuid", "verb", "payload", "hash", "public_key", "reply_requested"):
    other = not MESSAGE[key] if key == "reply_requested" else "1" if key == "time_ns" else "ab"
    CASES.append((f"another {key}", {"messages.jsonl": changed(MESSAGE, **{key: other})}, "messages.jsonl:1"))
    CASES.append((f"no {key}", {"messages.jsonl": changed(MESSAGE, [key])}, f"the key {key} is missing"))
for key in ("credentials", "subject", "default_identity", "destination"):
    CASES.append((f"another {key}", {"configs.jsonl": changed(CONFIG, **{key: "x"})}, f"{key} is"))
GOOD = [  # name, {file: text}: or the refusals would prove nothing
    ("a message and a reply", {"messages.jsonl": changed(MESSAGE) + changed(REPLY)}),
    ("the same row twice", {"messages.jsonl": changed(MESSAGE) * 2}),
    ("a file of a longer name", {"more-messages-2.jsonl": changed(MESSAGE)}),
    ("line ends of another system, and none at the end",
     {"uuids.jsonl": '{"text":"a","uuid":"61"}\r\n{"text":"b","uuid":"62"}'}),
    ("what the reference made of a config that is refused here",
     {"configs.jsonl": changed(CONFIG, expect="error", text=BAD_CONFIG["text"])}),
    ("servers as they stand in their line",
     {"configs.jsonl": changed(CONFIG, text=CONFIG["text"].replace("server: ", "server: nats://a,"),
                               servers=["nats://a," + CONFIG["servers"][0]])}),
    ("rows that are known by nothing but what they have to be",
     {"messages.jsonl": changed(MESSAGE, ["name", "reference"])}),
]


def judge(program, files):
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            (pathlib.Path(folder) / file).write_bytes(text.encode())
        environment = dict(os.environ, REMAPHORE_VECTORS=folder)
        return subprocess.run([program], env=environment, capture_output=True, text=True, errors="replace", timeout=60)


def main():
    failures = 0
    for name, files, said in CASES:
        result = judge(sys.argv[1], files)
        of_a_row = said not in ("no vectors here", "holds no rows", "no such kind")
        named = re.search(r"^\w+\.jsonl:\d+: ", result.stderr, re.M)
        if result.returncode != 1 or said not in result.stderr or (of_a_row and not named):
            failures += 1
            print(f"{name}: status {result.returncode}, not 1 with {said!r}:\n{result.stderr}")
    for name, files in GOOD:
        result = judge(sys.argv[1], files)
        if result.returncode != 0:
            failures += 1
            print(f"{name}: refused:\n{result.stderr}")
    print(f"refusals: {len(CASES)} bad sets of vectors and {len(GOOD)} good ones, {failures} failures")
    sys.exit(1 if failures else 0)


main()
