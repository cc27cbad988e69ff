#!/usr/bin/python3 -B
"""Writes the seeds of the fuzz targets to tests/fuzz/corpus.

usage: make_corpus.py [--check]

Each is named after its hash. --check compares instead of writing. Files called found-* are inputs that once broke a
promise; they are left alone.
"""

import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
MOST_SEEDS = 60  # a target
LONGEST_SEED = 2048

NOW = 1_700_000_000_000_000_000  # as in wire.cc
LEFT = b"9iiX3y2r9iyASZuZ3ExXfQye9GaViCsY294uqqyoVMgP"
RIGHT = b"8raNDHHYvWAKtViGgt3VSEoHj6AyBnedYQfaZWR3Vvjy"
MUTE = b"DRvUzsahq16pHtQgFH1RCwKCNygSw3bvtFPJLvxaDBVr"
SIGNATURE = (
    b"4b8WCLuZbhLDs2HSEv5xUrcyM5FVzTzJkFVxULyzNkjN3P2pATxXWAFXVW2oYwbn8JvzTDQTPgkUXhpKVzWEzJmS"[:88]
)


def vectors(name):
    with open(VECTORS / f"{name}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def every(rows, count):
    """`count` of them, evenly spread."""
    rows = list(rows)
    step = max(1, len(rows) // count)
    return rows[::step][:count]


def wire():
    def message(pub=LEFT, sig=SIGNATURE, dest=b"**", time=f"{NOW:x}".encode(), uuid=b"61", verb=b"ping", flag=b"_",
                payload=b"text"):
        return b",".join([pub, sig, dest, time, uuid, verb, flag, payload])

    hex_of = lambda offset: (f"-{-(NOW + offset):x}" if NOW + offset < 0 else f"{NOW + offset:x}").encode()
    second = 1_000_000_000
    seeds = [
        message(),
        message(pub=RIGHT, verb=b"deploy", flag=b"Q", payload=b"a,b,,\x00\xff\n"),
        message(pub=RIGHT, verb=b"restart"),
        message(pub=MUTE),
        message(pub=b"1" * 32),
        message(pub=b""),
        message(sig=b""),
        message(sig=b"1" * 64),
        message(dest=b"com.crypto.us.a"),
        message(dest=b"com.crypto.*.a"),
        message(dest=b"com.**"),
        message(dest=b"net"),
        message(dest=b""),
        message(dest=b"", verb=b"reply", uuid=b"62696e64696e67", payload=b"0,done"),
        message(dest=b"", verb=b"reply", uuid=b"00", payload=b"NO_DATA"),
        message(dest=b"", verb=b"reply", flag=b"Q"),
        message(pub=MUTE, dest=b"", verb=b"reply"),
        message(dest=b"d" * 1024),
        message(dest=b"d" * 1025),
        message(verb=b"v" * 256),
        message(verb=b"v" * 257),
        message(verb=b"PING"),
        message(verb=b"\x00"),
        message(uuid=b"ab" * 12),
        message(uuid=b"ab" * 13),
        message(uuid=b"abc"),
        message(uuid=b"AB"),
        message(uuid=b""),
        message(flag=b"q"),
        message(flag=b""),
        message(payload=b""),
        message(time=hex_of(5 * second)),
        message(time=hex_of(5 * second + 1)),
        message(time=hex_of(-5 * second)),
        message(time=hex_of(-5 * second - 1)),
        message(time=b"-8000000000000000"),
        message(time=b"7fffffffffffffff"),
        message(time=b"8000000000000000"),
        message(time=b"0"),
        message(time=b"-0"),
        message(time=b"-1"),
        message(time=b"+1"),
        message(time=b"0" + hex_of(0)),
        message(time=hex_of(0).upper()),
        b"",
        b",,,,,,",
        b",,,,,,,",
        LEFT,
    ]
    rows = [row for row in vectors("messages") if len(row["bytes"]) < 600]
    for row in every(rows, 10):
        fields = bytes.fromhex(row["bytes"]).split(b",", 7)
        if len(fields) == 8:
            fields[3] = hex_of(0)
        seeds.append(b",".join(fields))
    return seeds


def verify():
    def plan(dest, verb, uuid, payload, damage=b"", offset=0, flag=0):
        head = (offset // 4 & 0xFFFFFFFF).to_bytes(4, "big") + bytes([flag])
        return head + b"\0".join([dest, verb, uuid, payload]) + b"\0" + damage

    seeds = [
        plan(b"**", b"ping", b"", b""),
        plan(b"", b"ping", b"release", b"text", flag=1),
        plan(b"", b"reply", b"x", b"0,done"),
        plan(b"com.*", b"deploy", b"longer than twelve bytes", b"a,b,,c\n\xff"),
        plan(b"d" * 1024, b"v" * 256, b"u", b"p"),
        plan(b"d" * 1025, b"ping", b"u", b"p"),
        plan(b"**", b"v" * 257, b"u", b"p"),
        plan(b"**", b"ping", b"u", b"p", offset=5_000_000_000),
        plan(b"**", b"ping", b"u", b"p", offset=5_000_000_004),
        plan(b"**", b"ping", b"u", b"p", offset=-5_000_000_000),
        plan(b"**", b"ping", b"u", b"p", offset=-5_000_000_004),
        b"",
    ]
    for mutation in range(17):  # every kind, alone and with what follows from small choices
        seeds.append(plan(b"**", b"ping", b"u", b"payload", bytes([mutation, 1, 1, 1, 1])))
        seeds.append(plan(b"**", b"ping", b"uuid", b"p", bytes([mutation, 3, 70, 2, mutation, 0, 0, 0])))
    return seeds


def nats_parser():
    info = b'INFO {"server_id":"x","max_payload":1048576,"nonce":"abc"}\r\n'
    head = lambda limit, cuts: limit.to_bytes(3, "big") + cuts + b"\0"
    streams = [
        info,
        info + b"PING\r\n",
        info + b"+OK\r\nPONG\r\n-ERR 'Authorization Violation'\r\n",
        info + b"MSG remaphore.all 1 5\r\nhello\r\nMSG remaphore.all 1 reply.to 0\r\n\r\n",
        info + b"HMSG a.b 2 12 17\r\nNATS/1.0\r\n\r\nhello\r\n",
        info + b"HMSG a.b 2 inbox 0 2\r\nab\r\n",
        info + b"HMSG a.b 2 9 2\r\nab\r\n",
        info + b"HMSG a.b 2 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
        info + b"HMSG a 1 r 66 68\r\nNATS/1.0 404 No Message\r\nNats-Msg-Id:01ab\r\nx: a: b\tc \r\nx:\r\n\r\nhi\r\n",
        info + b"HMSG a 1 26 26\r\nNATS/1.0\r\n: x\r\nA: \x1b\r\n\r\n\r\n",
        info + b"HMSG a 1 10 10\r\nNATS/1.0\n\n\r\n",
        info + b"MSG " + b"s" * 1025 + b" 1 r\rr 0\r\n\r\n",
        info + b"-ERR 'Permissions Violation for Publish to \"a.\\\"b\"'\r\n",
        info + b"-ERR 'permissions violation for subscription to \"a.*\" (sid \"7\")'\r\n",
        info + b"MSG a 1 4096\r\n" + b"x" * 100,
        info + b"MSG a 1 99999999\r\n",
        info + b"MSG a 1 18446744073709551615\r\n",
        info + b"MSG a 1 18446744073709551616\r\n",
        info + b"MSG a 1 -1\r\n",
        info + b"MSG a 1 5\r\nhello\n\n",
        info + b"MSG a 1 5 6 7 8\r\n",
        info + b"MSG\r\n",
        info + b"MSG a\rb 1 0\r\n\r\n",
        info + b"msg\ta \t 1  2 \r\nab\r\nping\r\n",
        info * 2 + b"MSG a 1 2\nab\r\nPONG\n",
        b"MSG a 1 0\r\n\r\n",
        b"MSG a 1 5\r\nhello\r\n",
        b"PING\r\nINFO {}\r\nPING\r\n",
        b"-ERR\r\n-ERR ''\r\n-ERR '\r\n-ERR no quotes\r\n",
        b"\r\n",
        b"\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"INFO" + b" " * 1500,
        b"\x00\xff\xfe\r\n",
        b"",
    ]
    seeds = [head(1 << 20, b"\x01\x04\x10") + stream for stream in streams]
    seeds += [head(3, b"\x07") + streams[3], head(5, b"\x30\x01") + streams[3], head(0, b"") + streams[3]]
    return seeds


def server_info():
    whole = {
        "server_id": "NA", "version": "2.9.10", "proto": 1, "host": "0.0.0.0", "port": 4222, "headers": True,
        "max_payload": 1048576, "client_id": 5, "nonce": "Tyc8aXE0BDQUm1w", "auth_required": True,
        "tls_required": False, "tls_available": True, "ldm": False,
        "connect_urls": ["10.0.0.1:4222", "[::1]:4222", 5, None, ["x"], {"a": "b"}],
    }
    seeds = [
        json.dumps(whole),
        "{}",
        "[]",
        "",
        "null",
        '"text"',
        "{",
        '{"max_payload":-1}',
        '{"max_payload":-0}',
        '{"max_payload":1.5}',
        '{"max_payload":18446744073709551615}',
        '{"max_payload":18446744073709551616}',
        '{"max_payload":"1"}',
        '{"max_payload":1e3}',
        '{"nonce":7}',
        '{"nonce":"%s"}' % ("n" * 256),
        '{"nonce":"%s"}' % ("n" * 257),
        '{"nonce":"\\u0000\\ud83d\\ude00"}',
        '{"nonce":"\\ud83d"}',
        '{"tls_required":null}',
        '{"tls_required":1}',
        '{"ldm":true}',
        '{"ldm":true,"ldm":false}',
        '{"connect_urls":{}}',
        '{"connect_urls":null}',
        '{"connect_urls":[%s]}' % ",".join(f'"h{i}:1"' for i in range(70)),
        '{"x":{"connect_urls":["no"],"max_payload":[]},"connect_urls":["yes"]}',
        '{"x":[[["deep"]]],"connect_urls":[["deep"],"near"],"y":["other"]}',
        '{"x":' + "[" * 500 + "]" * 500 + "}",
        '{"x":' + "[" * 500,
        '{"a":1}trailing',
        '{"a":1} ',
        '{"a":1e999}',
        '\ufeff{"ldm":true}',
    ]
    return [seed.encode() for seed in seeds] + [b'{"nonce":"\xff\xfe"}', b'{"ldm":true}\x00']


def config():
    top = b"server: nats://h:4222\ncredentials: c\ndestination: d\n"
    keys = b"[ Identities ]\n\x02 \x01 [ping]\n[ Peers ]\n"
    whole = top + b"subject: s\nallow_skew: 5s\n" + keys + b"a.b " + LEFT + b" [Ping, DEPLOY ,*]\n"
    low_order = b"11111111111111111111111111111111"
    seeds = [
        whole,
        whole.replace(b"\n", b"\r\n"),
        whole.replace(b" ", b"\t  "),
        top + keys,
        keys + top,
        top,
        keys,
        b"",
        b"\x01",
        b"\x02 \x01 [ping]",
        b"\x01 \x02 [ping]",
        b"[ Identities ]\n\x01 \x02 [ping]\n",
        b"[ Identities ]\n\x02 \x01\n",
        b"[ Identities ]\n\x02 \x01; [ping]\n",
        b"[ Identities ]\n\x02=\x01 [ping] x\n",
        b"[ Identities ]\n\x02 \x01[ping]\n",
        b"[ Identities ]\n\x02 \x01 [ping\n",
        b"[ Identities ]\n\x02 \x01 [[ping]]\n",
        b"[ Identities ]\n" + LEFT + b" \x01 [ping]\n",
        b"[ Identities ]\n\x02 " + RIGHT + b" [ping]\n",
        b"[ Peers ]\nd \x01 [ping]\n",
        b"[ Peers ]\n\x02 \x01 [ping]\n",
        b"[ Peers ]\nd " + low_order + b" [ping]\n",
        b"[ Oops \x01 ]\n\x02 \x01 [ping]\n",
        b"subject: \x01 x\n",
        b"subject: x.\x01.>\n",
        b"allow_skew: \x01\n",
        b"server: \x01://h\n",
        b"server: h:\x01\n",
        b"server: nats://u:\x01@h:x\n",
        b"server: nats://\x01\n",
        b"server: " + b"u:" * 60 + b"@h:\x01\n",
        b"server: " + b"x" * 70 + b"\x01 y\n",
        b"default_identity: \x01\n",
        b"default_identity: " + b"-" * 90 + b"\x01\n",
        b"require_bound_replies: \x01\n",
        b"\x01: x\n",
        b"unknown=\x01\n",
        b"require_bound_replies: yes\ntls_ca: a\ntls_cert: b\ntls_key: c\nREQUIRE_BOUND_REPLIES: no\n",
        top + b"default_identity: " + RIGHT + b"\n" + keys,
        top + b"allow_skew: 0\n" + keys,
        top + b"allow_skew: -1s\n" + keys,
        top + keys + (b"a " + LEFT + b" [ping]\n") * 3 + b"b " + RIGHT + b" []\n",
        b"server: tls://u:p%40@[::1]:1/, h, , nats://t@h:65535\nserver: h:0\n",
        b"# only a comment\n[ Peers ] # and another\n",
        b"x\n" * 30,
        b"\x00\xff\n\x7f:\n",
    ]
    for row in every(vectors("configs"), 12):
        text = row["text"]
        for identity in ("9iiX3y2r9iyASZuZ3ExXfQye9GaViCsY294uqqyoVMgP",):
            text = text.replace(identity, "\x02")
        words = [("\x01" if len(word) > 80 and word.isalnum() else word) for word in text.split(" ")]
        seeds.append(" ".join(words).encode()[:LONGEST_SEED])
    return seeds


def destination():
    pairs = [
        ("", ""), ("", "*"), ("", "**"), ("", "."), (".", "*.*"), (".", "**"), ("a", "a"), ("a", "A"), ("a", "a."),
        ("net", "network*"), ("net", "net.**"), ("net", "net.***"), ("net.a", "net.***"), ("net.a", "net.**"),
        ("aba", "ab*ba"), ("abba", "ab*ba"), ("ab", "ab*ba"), ("a*", "a*"), ("a*", "**"), ("a*", "*"),
        ("web1.eu", "web*.*"), ("web1.eu", "*1.e*"), ("a.b.c", "**.c"), ("a.b.c", "a.**.c"), ("a.b.c", "a.*.c"),
        ("a.b.c", "*.*.*"), ("a.b", "*.*.*"), ("a.b.c", "*.*"), ("a", "a**"), ("a", "**a"), ("a..b", "a.*.b"),
        ("a..b", "a.**"), ("a.b", "a.b\0c"), ("\xff", "*"),
    ]  # fmt: skip
    pairs += [(row["destination"], row["pattern"]) for row in every(vectors("destinations")[20:], 20)]
    return [name.encode() + b"\0" + pattern.encode() for name, pattern in pairs] + [b"no pattern", b"\0" * 3]


def duration():
    rows = [row["text"] for row in vectors("durations")]
    extra = [
        "9223372036854775807ns", "-9223372036854775808ns", "9223372036854775808ns", "9223372036.854775807s",
        "9223372036.854775808s", "2562047h47m16.854775807s", "-2562047h47m16.854775808s", "0.9999999999999999ns",
        ".5h.5m.5s", "1.h", ".s", "0.0000000000000000000000000001h", "1m-1s", "47h59m59s", "48h", "59.99s", "1.9ms",
    ]  # fmt: skip
    return [text.encode() for text in extra + every(rows, 40)]


def command_line():
    lines = [
        "-s hello world", "-r -v ping -t 10s", "-u x -t 1h30m", "-o=false -d=TRUE -q=0", "--send --verb=deploy -- -x",
        "-t -1s", "-t x", "-t 0", "-t=", "-u= -u", "-or", "-", "--", "---s", "-=x", "--=", "-s=maybe", "-c",
        "-v a,b cmd -o",
        "--jobs 4", "--jobs=0", "--jobs=10001", "--jobs=-1", "--jobs x", "--script-timeout 1m cmd", "--payload-file=f",
        "-S s -D com.** -p KEY", "-h --version -C", "--unknown", "-\x01", "--verbose=t -q=F -o=1", "-t 1s -t= -t 2s",
        "-x=\x1b[31m", "", "cmd -s", "-D x --destination y", "-s=",
    ]  # fmt: skip
    return [line.replace(" ", "\0").encode() for line in lines] + [b"\0\0", b"-u\0", b"-u\0\0x", b"-\xff\xfe"]


def credentials():
    token = b"-----BEGIN NATS USER JWT-----\n\x02\n------END NATS USER JWT------\n"
    seed = b"-----BEGIN USER NKEY SEED-----\n\x01\n------END USER NKEY SEED------\n"
    note = b"\n************************* IMPORTANT *************************\nNKEY Seed printed below\n\n"
    other = b"eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVQUFBIn0.AAAA"
    return [
        token + note + seed,
        seed + token,
        (token + seed).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + token + seed,
        token,
        seed,
        token + token + seed + seed,
        token + seed.replace(b"\x01", b"SUAXXX"),
        token + seed.replace(b"\x01", b"\x01A"),
        token + seed.replace(b"\x01", b"\x01\n\x01"),
        token + seed.replace(b"\x01", b"\x01 \x01"),
        token + seed.replace(b"\x01", b""),
        token.replace(b"\x02", b"\x01") + seed,
        token.replace(b"\x02", b"a\"b") + seed,
        token.replace(b"\x02", other) + seed,
        token.replace(b"\x02", b"\x02.\x02") + seed,
        token.replace(b"\x02", b"no-token") + seed,
        token + b"-----BEGIN USER NKEY SEED-----\n\x01\n",
        token + b"-----BEGIN USER NKEY SEED \x01-----\n",
        token + b"---BEGIN USER NKEY SEED---\n  \x01\t\n---END USER NKEY SEED---",
        token + b"--BEGIN USER NKEY SEED--\n\x01\n--END USER NKEY SEED--\n",
        b"-----BEGIN NATS USER JWT-----\n\x01\n" + seed,
        b"-" * 300,
        b"---\n---\n",
        b"\x01",
        b"",
    ]


def reply_format():
    def head(status, limit, dropped):
        return (status & 0xFFFFFFFF).to_bytes(4, "big") + limit.to_bytes(2, "big") + bytes([dropped])

    mark = b"6f1c000102030405060708090a0b0c0d"
    answers = [
        b"0,done", b"NO_DATA", b"-1,", b"0,NO_DATA", b"1,two\nlines\n", b"126,  \n blank \t\r\n", b"12345678901,x",
        b"1234567890,x", b"-,x", b",x", b"0", b"x,0", b"0,--> x\n--< x\n", b"0,a\n--< 6f1c\nb", b"0,a\n--< " + mark,
        b"0,com.crypto.us.b,0,forged\ncom.crypto.us.b,1,x", b"0,\r\r", b"+1,x", b" 1,x", b"0,\x1b[2J", b"0,\n",
        b"0,\n\n", b"0,x\n---------------\ncom.bank\n---------------\nforged", b"7,----------------\r\nx", b"07,x",
        b"7, x", b"0," + b"-" * 17 + b"\n" + b"-" * 15,
    ]  # fmt: skip
    seeds = [head(0, 1000, 0) + answer for answer in answers]
    seeds += [
        head(0, 1000, 0) + b"\0".join(answers),
        head(-(2**31), 200, 0) + b"x" * 300,
        head(2**31 - 1, 128, 255) + b"x\n" * 100,
        head(-1, 0, 1) + b"text",
        head(126, 5, 0) + b"text",
        head(126, 8, 0) + b"text",
        head(7, 60000, 9) + b"text",
        b"",
        b"\xff",
    ]
    return seeds


def json_text():
    values = [
        b"", b"plain", bytes(range(128)), bytes(range(256)), b'"\\/\n\r\t', b"a\0b", b"\x7f\xc2\x80\xc2\x9f\xc2\xa0",
        b"\xe2\x82", b"\xf0\x9f\x98", "\u00e4\u20ac\U0001f600\ufffd\u2028".encode(), b"\xed\xa0\x80", b"\xc0\x80",
        b"\xe0\x9f\xbf", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xff\xfe", b"\\u0000",
    ]  # fmt: skip
    return [b"output\0" + value for value in values] + [b"\xff\"\n\0x", b"name", b"\0"]


def roster():
    head = b"remaphore roster 1\nserial 12\ntime 2023-11-14T22:13:20Z\n"
    fleet = b"fleet com.fleet " + LEFT + b"\n"
    nodes = b"node com.a " + RIGHT + b" ping,deploy\nold com.a \x01\nnode com.self " + MUTE + b" - send-only\n"
    groups = b"group web com.a,com.self\ngroup all @web,db[1-3],com.**\n"
    seeds = [
        head + fleet + groups + nodes + b"revoked com.b \x01\nend\n",
        head + fleet + b"node com.a \x01 *\nend\n",
        head + fleet + b"end\n",
        head + fleet + nodes + b"revoked com.a " + RIGHT + b"\nrevoked com.a " + RIGHT + b"\nend\n",
        head + b"end\n",
        head + fleet + nodes,
        head + fleet + fleet + b"end\n",
        head + fleet + nodes + nodes + b"end\n",
        head + fleet + b"node com.a#x \x01 ping\nend\n",
        head + fleet + b"node com.a \x01 ping]\nend\n",
        head + fleet + b"group web @web\nend\n",
        head + fleet + b"group [Peers] com.a\nend\n",
        head + fleet + b"node com.a " + b"1" * 32 + b" ping\nend\n",
        head.replace(b"12", b"012") + fleet + b"end\n",
        (head + fleet + nodes + b"end\n").replace(b"\n", b"\r\n"),
        b"remaphore roster 2\nend\n",
        b"",
    ]
    return seeds


TARGETS = [
    wire, verify, nats_parser, server_info, config, destination, duration, command_line, credentials, reply_format,
    roster,
    json_text,
]  # fmt: skip


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__.split("\n\n")[1])
    faults, total = [], 0
    for target in TARGETS:
        seeds = list(dict.fromkeys(target()))
        if not 0 < len(seeds) <= MOST_SEEDS or max(map(len, seeds)) > LONGEST_SEED:
            sys.exit(f"make_corpus: {target.__name__}: {len(seeds)} seeds, the longest {max(map(len, seeds))} bytes")
        folder = HERE / "corpus" / target.__name__
        wanted = {hashlib.sha256(seed).hexdigest()[:12]: seed for seed in seeds}
        total += len(wanted)
        there = {path.name: path for path in folder.glob("*") if not path.name.startswith("found-")}
        if check:
            faults += [f"{folder}/{name} is not generated" for name in sorted(there.keys() - wanted.keys())]
            faults += [f"{folder}/{name} is missing" for name in sorted(wanted.keys() - there.keys())]
            faults += [
                f"{folder}/{name} is not what is generated"
                for name in sorted(wanted.keys() & there.keys())
                if there[name].read_bytes() != wanted[name]
            ]
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for path in there.values():
            path.unlink()
        for name, seed in wanted.items():
            (folder / name).write_bytes(seed)
    print("\n".join(faults + [f"make_corpus: {total} seeds of {len(TARGETS)} targets, {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
