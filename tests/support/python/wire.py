"""An independent implementation of the wire format, written from its description.

Nothing here is shared with the programs under test: what both sides agree on is the format itself.
Bytes in, bytes out; no network and no clock but the default TIME of `build`.
"""

import dataclasses
import hashlib
import os
import time

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
INDEX = {byte: value for value, byte in enumerate(ALPHABET)}

MAX_DESTINATION = 1024
MAX_VERB = 256
UUID_BYTES = 12
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


class WireError(Exception):
    """A message that must not be acted on; `verdict` is format, peer, signature or skew."""

    def __init__(self, verdict, why):
        super().__init__(f"{verdict}: {why}")
        self.verdict = verdict


def base58_encode(data):
    zeros = len(data) - len(data.lstrip(b"\0"))
    number = int.from_bytes(data, "big")
    digits = bytearray()
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    return (ALPHABET[:1] * zeros + bytes(reversed(digits))).decode()


def base58_decode(text):
    raw = text.encode() if isinstance(text, str) else text
    number = 0
    for byte in raw:
        if byte not in INDEX:
            raise ValueError(f"not a base58 digit: {byte:#x}")
        number = number * 58 + INDEX[byte]
    zeros = len(raw) - len(raw.lstrip(ALPHABET[:1]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


class Identity:
    """An Ed25519 key pair in the spelling of the config file."""

    def __init__(self, seed=None):
        self.signing = SigningKey(seed or os.urandom(32))
        self.public_bytes = bytes(self.signing.verify_key)
        self.public = base58_encode(self.public_bytes)
        self.secret = base58_encode(bytes(self.signing) + self.public_bytes)

    def sign(self, data):
        return self.signing.sign(data).signature


def verify(public_text, signature, signed):
    try:
        VerifyKey(base58_decode(public_text)).verify(signed, signature)
        return True
    except (BadSignatureError, ValueError):
        return False


def uuid_from_text(text):
    """-u TEXT: up to 12 bytes as they are, longer text by its hash, no text by chance."""
    raw = text.encode() if isinstance(text, str) else text
    if not raw:
        return os.urandom(UUID_BYTES)
    return raw if len(raw) <= UUID_BYTES else hashlib.sha256(raw).digest()[:UUID_BYTES]


def as_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def signed_bytes(destination, time_text, uuid_text, verb, flag, payload):
    """Everything a signature covers, from fields as they are spelled."""
    return b",".join(as_bytes(f) for f in (destination, time_text, uuid_text, verb, flag, payload))


@dataclasses.dataclass(frozen=True)
class Message:
    raw: bytes
    public: str
    signature: bytes
    destination: bytes
    time_ns: int
    uuid: bytes
    verb: bytes
    flag: bytes
    payload: bytes

    @property
    def signed(self):
        return self.raw.split(b",", 2)[2]

    @property
    def hash(self):
        return hashlib.sha256(self.raw).digest()

    @property
    def binding(self):
        """The UUID of a reply that belongs to this request and no other."""
        return self.hash[:UUID_BYTES]

    @property
    def reply_requested(self):
        return self.flag == b"Q"

    def holds(self):
        return verify(self.public, self.signature, self.signed)


def seal(identity, signed):
    """PUB and SIG in front of bytes that are signed as they are."""
    return b",".join([identity.public.encode(), base58_encode(identity.sign(signed)).encode(), signed])


def build(identity, payload=b"", *, destination="**", verb="ping", flag="_", uuid=None, time_ns=None):
    """The raw message; UUID is text as for -u, or the very bytes."""
    uuid_bytes = uuid if isinstance(uuid, bytes) else uuid_from_text(uuid or "")
    stamp = time.time_ns() if time_ns is None else time_ns
    return seal(identity, signed_bytes(destination, format(stamp, "x"), uuid_bytes.hex(), verb, flag, payload))


def build_reply(identity, request, payload, *, uuid=None, time_ns=None, verb="reply", destination="", flag="_"):
    """A reply to `request`; bound unless a UUID is given, as random ones are by the Go responder."""
    return build(identity, payload, destination=destination, verb=verb, flag=flag,
                 uuid=request.binding if uuid is None else uuid, time_ns=time_ns)


def reply_subject(subject, request):
    return f"{subject}.{request.hash.hex()}"


def decode(raw):
    """Grammar only: canonical fields, no trust. Raises WireError('format' or 'signature')."""
    fields = split(raw)
    public, signature, destination, time_text, uuid_text, verb, flag, payload = fields
    return Message(raw, public.decode("latin-1"), decode_signature(signature), destination,
                   decode_time(time_text), decode_uuid(uuid_text), verb, decode_flag(flag), payload)


def split(raw):
    fields = raw.split(b",", 7)
    if len(fields) != 8:
        raise WireError("format", "fewer than seven commas")
    if len(fields[2]) > MAX_DESTINATION or len(fields[5]) > MAX_VERB:
        raise WireError("format", "a field is too long")
    if not 2 <= len(fields[4]) <= 2 * UUID_BYTES:
        raise WireError("format", "no UUID has this length")
    return fields


def decode_signature(text):
    if not 64 <= len(text) <= 88:
        raise WireError("signature", "no signature has this length")
    try:
        signature = base58_decode(text)
    except ValueError as error:
        raise WireError("signature", str(error)) from error
    if len(signature) != 64:
        raise WireError("signature", "does not decode to 64 bytes")
    return signature


def decode_time(text):
    try:
        value = int(text, 16)
    except ValueError as error:
        raise WireError("format", "TIME is not a number") from error
    if not INT64_MIN <= value <= INT64_MAX or format(value, "x").encode() != text:
        raise WireError("format", "TIME is not canonical")
    return value


def decode_uuid(text):
    try:
        value = bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise WireError("format", "UUID is not hex") from error
    if value.hex().encode() != text:
        raise WireError("format", "UUID is not canonical")
    return value


def decode_flag(text):
    if text not in (b"Q", b"_"):
        raise WireError("format", "FLAG is neither Q nor _")
    return text


def judge(raw, *, reply, peers, now_ns, allow_skew_ns):
    """The whole order of checks but filters and memory. `peers`: public key text -> verbs."""
    public, signature, destination, time_text, uuid_text, verb, flag, _ = split(raw)
    name = public.decode("latin-1")
    if name not in peers:
        raise WireError("peer", "unknown key")
    verbs = [v.encode() for v in peers[name]]
    if not reply and b"*" not in verbs and verb not in verbs:
        raise WireError("peer", "verb not granted")
    stamp = decode_time(time_text)
    decode_uuid(uuid_text)
    decode_flag(flag)
    shaped_as_reply = destination == b"" and verb == b"reply"
    if shaped_as_reply != reply or (reply and flag != b"_"):
        raise WireError("format", "a reply among messages or a message among replies")
    if abs(now_ns - stamp) > allow_skew_ns:
        raise WireError("skew", "outside the window")
    decode_signature(signature)
    message = decode(raw)
    if not message.holds():
        raise WireError("signature", "does not verify")
    return message


def matches(destination, pattern):
    """Whether a node of this name is meant by this pattern."""
    name, want = as_bytes(destination), as_bytes(pattern)
    if b"*" in name:
        return False
    names, wants = name.split(b"."), want.split(b".")
    if wants[-1] == b"**":
        wants.pop()
        if len(names) <= len(wants):
            return False
        names = names[:len(wants)]
    return len(names) == len(wants) and all(map(segment_matches, names, wants))


def segment_matches(segment, want):
    if b"*" not in want:
        return segment == want
    if want.count(b"*") > 1:
        return False
    prefix, suffix = want.split(b"*")
    return segment.startswith(prefix) and segment.endswith(suffix) and len(segment) >= max(len(prefix), len(suffix))
