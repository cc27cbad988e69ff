"""NATS keys, tokens and credentials files, minted without any NATS tool."""

import base64
import json
import os
import struct
import time

from nacl.signing import SigningKey, VerifyKey

PREFIX = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
SEED_PREFIX = 18 << 3
UNLIMITED = {name: -1
             for name in ("subs", "data", "payload", "imports", "exports", "conn", "leaf")} | {"wildcards": True}


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def base32(data):
    return base64.b32encode(data + struct.pack("<H", crc16(data))).rstrip(b"=").decode()


def base32_decode(text):
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    if struct.unpack("<H", raw[-2:])[0] != crc16(raw[:-2]):
        raise ValueError(f"wrong checksum: {text}")
    return raw[:-2]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    """What a token says, unverified."""
    return json.loads(base64url_decode(token.split(".")[1]))


def verify_token(token):
    """Raises unless the issuer named in the token signed it."""
    head, body, signature = token.split(".")
    issuer = base32_decode(claims_of(token)["iss"])[1:]
    VerifyKey(issuer).verify(f"{head}.{body}".encode(), base64url_decode(signature))


class KeyPair:
    def __init__(self, kind, seed=None):
        self.kind = kind
        self.signing = SigningKey(seed or os.urandom(32))
        prefix = PREFIX[kind]
        self.public = base32(bytes([prefix]) + bytes(self.signing.verify_key))
        self.seed = base32(bytes([SEED_PREFIX | prefix >> 5, (prefix & 31) << 3]) + bytes(self.signing))

    @classmethod
    def from_seed(cls, text):
        raw = base32_decode(text)
        prefix = (raw[0] & 7) << 5 | (raw[1] & 0xF8) >> 3
        kind = {value: name for name, value in PREFIX.items()}[prefix]
        return cls(kind, raw[2:])

    def sign(self, data):
        return self.signing.sign(data).signature


def token(issuer, subject, name, nats, expires=None):
    claims = {"jti": base32(os.urandom(32)), "iat": int(time.time()), "iss": issuer.public, "name": name,
              "sub": subject}
    if expires is not None:
        claims["exp"] = int(expires)
    claims["nats"] = nats | {"version": 2}
    compact = lambda value: base64url(json.dumps(value, separators=(",", ":")).encode())
    text = compact({"typ": "JWT", "alg": "ed25519-nkey"}) + "." + compact(claims)
    return text + "." + base64url(issuer.sign(text.encode()))


def credentials_text(jwt, seed):
    return (f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n")


def parse_credentials(text):
    """(token, seed) of a credentials file."""
    lines = [line.strip() for line in text.splitlines()]
    return (lines[lines.index("-----BEGIN NATS USER JWT-----") + 1],
            lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1])


class User:
    def __init__(self, key, jwt):
        self.key, self.jwt = key, jwt
        self.public = key.public

    @property
    def credentials(self):
        return credentials_text(self.jwt, self.key.seed)


class Authority:
    """An operator with one account: mints users, and writes what a server must know about them."""

    def __init__(self, name="test"):
        self.name = name
        self.operator = KeyPair("operator")
        self.account, self.system = KeyPair("account"), KeyPair("account")
        self.operator_token = token(self.operator, self.operator.public, name, {"type": "operator"})
        self.revocations = {}
        self.disk_storage = 0  # bytes for streams, -1: unlimited

    def account_token(self):
        limits = UNLIMITED | ({"disk_storage": self.disk_storage} if self.disk_storage else {})
        nats = {"limits": limits, "type": "account"}
        if self.revocations:
            nats["revocations"] = self.revocations
        return token(self.operator, self.account.public, self.name, nats)

    def user(self, name="node", *, publish=(">",), subscribe=(">",), deny_publish=(), deny_subscribe=(), expires=None,
             issuer=None, payload=-1, key=None):
        key = key or KeyPair("user")
        rule = lambda allow, deny: {k: list(v) for k, v in (("allow", allow), ("deny", deny)) if v}
        nats = {"pub": rule(publish, deny_publish), "sub": rule(subscribe, deny_subscribe), "subs": -1, "data": -1,
                "payload": payload, "type": "user"}
        return User(key, token(issuer or self.account, key.public, name, nats, expires))

    def revoke(self, user):
        self.revocations[user.public] = int(time.time()) + 1

    def server_config(self):
        system = preload = ""
        if self.disk_storage:  # JetStream asks for a system account
            system = f"system_account: {self.system.public}\n"
            preload = f"  {self.system.public}: " + token(self.operator, self.system.public, "SYS", {
                "limits": UNLIMITED, "type": "account"}) + "\n"
        return (f"operator: {self.operator_token}\n{system}resolver: MEMORY\n"
                f"resolver_preload: {{\n  {self.account.public}: {self.account_token()}\n{preload}}}\n")
