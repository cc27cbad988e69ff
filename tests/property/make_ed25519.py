#!/usr/bin/python3 -B
"""Writes ed25519.jsonl: keys and signatures at the edges of Ed25519, with the expected verdicts.

usage: make_ed25519.py [--check]

The arithmetic is RFC 8032's, in plain integers. Every signed text is the body of a message, so that a row can also be
sent through the whole receiving side. --check compares with the committed file instead of writing it.
"""

import hashlib
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parent / "ed25519.jsonl"

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1)


def add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return x % P, y % P


def times(n, point):
    total = IDENTITY
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def x_of(y):
    """The even x of a point with this y, or None."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square:
        return None
    return min(x, P - x) if x % 2 == 0 or x == 0 else P - x


def even(x):
    return x if x % 2 == 0 else P - x


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (even(x_of(BASE_Y)), BASE_Y)


def encoded(y, sign):
    return (y | sign << 255).to_bytes(32, "little")


def encode(point):
    return encoded(point[1], point[0] & 1)


def scalar(n):
    return n.to_bytes(32, "little")


def challenge(r, a, message):
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def secret(number):
    """The scalar and the public key of the seed `number` and zeros."""
    digest = hashlib.sha512(bytes([number]) + bytes(31)).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return a, encode(times(a, BASE))


def sign(a, public, message, nonce=None, r_bytes=None):
    """Like RFC 8032, with a nonce and an encoding of R of one's choice."""
    if nonce is None:
        nonce = int.from_bytes(hashlib.sha512(public + message).digest(), "little") % L
    r_bytes = r_bytes or encode(times(nonce, BASE))
    return r_bytes + scalar((nonce + challenge(r_bytes, public, message) * a) % L)


def body(payload):
    return b"**,%x,61,ping,_,%s" % (1_700_000_000_000_000_000, payload.encode())


def torsion_group():
    """The eight points of small order."""
    y = 2
    while True:
        x = x_of(y)
        point = IDENTITY if x is None else times(L, (x, y))
        if times(4, point) != IDENTITY:
            return [times(i, point) for i in range(8)]
        y += 1


def order_of(point):
    return next(n for n in (1, 2, 4, 8) if times(n, point) == IDENTITY)


def spellings(point):
    """All encodings that a lenient decoder takes for `point`: y plus p where it fits, and a sign bit on x = 0."""
    for y in (point[1], point[1] + P):
        if y < 2**255:
            for sign_bit in (0, 1) if point[0] == 0 else (point[0] & 1,):
                yield encoded(y, sign_bit)


def rows():
    group = torsion_group()
    a, public = secret(1)
    plain = body("text")
    honest = sign(a, public, plain)

    def row(name, key, signature, message, verify, config="ok"):
        return {"name": name, "public_key": key.hex(), "signature": signature.hex(), "message": message.hex(),
                "verify": verify, "config": config}

    yield row("an honest signature", public, honest, plain, "ok")
    yield row("an honest signature of another text", public, honest, body("texu"), "refused")
    yield row("an honest signature under another key", secret(2)[1], honest, plain, "refused")

    # Keys of small order. With R the identity and S = 0 the equation asks that h * A vanishes: of eight texts one fits,
    # of the identity all.
    for point in group:
        for key in spellings(point):
            r = encode(IDENTITY)
            for n in range(200):
                message = body(str(n))
                if times(challenge(r, key, message) % 8, point) == IDENTITY:
                    break
            canonical = "" if key == encode(point) else ", not canonical"
            name = f"a key of order {order_of(point)}{canonical}, {key.hex()[:4]}..{key.hex()[-2:]}"
            yield row(name, key, r + scalar(0), message, "refused", "refused")

    # R of small order under an honest key: S = h * a fits the equation, up to the torsion that R is.
    for point in group:
        for r in spellings(point):
            canonical = "" if r == encode(point) else ", not canonical"
            signature = r + scalar(challenge(r, public, plain) * a % L)
            yield row(f"R of order {order_of(point)}{canonical}, {r.hex()[:4]}..{r.hex()[-2:]}", public, signature,
                      plain, "refused")

    # R with torsion in it: fits only for those who multiply by 8.
    for i, point in enumerate(group[1:], 1):
        r = encode(add(times(12345, BASE), point))
        yield row(f"R plus torsion point {i}", public, sign(a, public, plain, 12345, r), plain, "refused")

    # S beyond L. (S + 8 L and more would not fit into 253 bits, which some check alone.)
    s = int.from_bytes(honest[32:], "little")
    for k in (1, 2, 7, 8, 15):
        if s + k * L < 2**256:
            yield row(f"S + {k} L", public, honest[:32] + scalar(s + k * L), plain, "refused")
    for name, value in (("S = L", L), ("S = L - 1", L - 1), ("S = 0", 0), ("S = 2^256 - 1", 2**256 - 1)):
        yield row(name, public, honest[:32] + scalar(value), plain, "refused")
    for bit in (253, 254, 255):
        yield row(f"S with bit {bit} set", public, honest[:32] + scalar(s | 1 << bit), plain, "refused")
    known = sign(a, public, plain, 1)
    yield row("nonce 1", public, known, plain, "ok")
    yield row("nonce 1, S + L", public, known[:32] + scalar(int.from_bytes(known[32:], "little") + L), plain, "refused")

    # Keys of mixed order: an honest key plus torsion. Nobody but the owner can sign for them. A signature whose h is a
    # multiple of 8 fits the equation as it stands; any other fits only for those who multiply by 8.
    for i, point in enumerate(group[1:], 1):
        key = encode(add(times(a, BASE), point))
        fits = misfits = None
        for n in range(1000):
            message = body(str(n))
            signature = sign(a, key, message)
            vanishes = times(challenge(signature[:32], key, message) % 8, point) == IDENTITY
            if vanishes and fits is None:
                fits = (message, signature)
            if not vanishes and misfits is None:
                misfits = (message, signature)
            if fits and misfits:
                break
        yield row(f"a key plus torsion point {i}, h fits", key, fits[1], fits[0], "ok")
        yield row(f"a key plus torsion point {i}, h does not fit", key, misfits[1], misfits[0], "refused")

    # Keys that are not canonical: y from p to 2^255 - 1. Those of small order are above; of the others nobody knows the
    # secret scalar, so there is no better signature than one of somebody else's.
    for extra in range(2, 19):
        for sign_bit in (0, 1):
            where = "off the curve" if x_of(extra) is None else "on the curve"
            key = encoded(P + extra, sign_bit)
            yield row(f"a key with y = p + {extra}, sign {sign_bit}, {where}", key, honest, plain, "refused")

    # The same as R, and R that is not a point.
    for extra in (2, 3, 18):
        r = encoded(P + extra, 0)
        yield row(f"R with y = p + {extra}", public, r + honest[32:], plain, "refused")
    off = next(y for y in range(2, 100) if x_of(y) is None)
    yield row("R off the curve", public, encoded(off, 0) + honest[32:], plain, "refused")
    yield row("a key off the curve", encoded(off, 0), honest, plain, "refused")
    yield row("everything zero", bytes(32), bytes(64), plain, "refused", "refused")


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: make_ed25519.py [--check]")
    made = list(rows())
    text = "".join(json.dumps(one) + "\n" for one in made)
    if not check:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"make_ed25519: {FILE} is not what is generated")
    print(f"make_ed25519: {len(made)} rows")


if __name__ == "__main__":
    main()
