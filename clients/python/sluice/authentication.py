"""Keys, proofs and transcripts of the handshake (wire protocol, section 4.3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import pathlib
import struct
from typing import NamedTuple, Union

from .frames import PREFACE

PROOF_BYTES = 32
_CHECKSUM = slice(20, 24)
_PROOF_OPTION_BYTES = 36


class Key(NamedTuple):
    """A key of this client: its public name and its secret of 32 bytes."""

    id: str
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """Returns the key of the text `sluice_ID_SECRET_CHECK`, which `sluiced credentials` prints.

        Another text raises ValueError, which does not show the text.
        """
        text = text.strip()
        body, check = text[:-7], text[-6:]
        try:
            known = (text.startswith("sluice_") and text[-7:-6] == "_" and body[-44:-43] == "_"
                     and _unbase64(check) == binascii.crc32(body.encode("ascii")).to_bytes(4, "big"))
            secret = _unbase64(body[-43:]) if known else b""
        except ValueError:
            known = False
        if not known or len(secret) != PROOF_BYTES:
            raise ValueError("cannot use the key: it is not whole, or has a wrong character; copy it again")
        return cls(body[len("sluice_") : -44], secret)

    @classmethod
    def read(cls, path: Union[str, os.PathLike[str]]) -> Key:
        """Returns the key in a file that holds nothing else. A file that cannot be read raises OSError."""
        return cls.parse(pathlib.Path(path).read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"


def _unbase64(text: str) -> bytes:
    """Returns the bytes of Base64url without padding (RFC 4648, section 5). Another text raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


class Transcript:
    """The bytes of one handshake that both sides saw."""

    def __init__(self, hello: bytes, challenge: bytes, channel_binding: bytes) -> None:
        self._hello = hello
        self._challenge = challenge
        self._binding = channel_binding
        self._auth = b""

    def client_message(self, auth: bytes) -> bytes:
        """Returns the bytes under the client proof. `auth` is the frame; its proof may have any value."""
        self._auth = _without_checksum(auth)[:-PROOF_BYTES] + bytes(PROOF_BYTES)
        return self._join(b"sluice client proof 1")

    def server_message(self, welcome: bytes) -> bytes:
        """Returns the bytes under the server proof. `welcome` is the frame, which ends with option 1."""
        return self._join(b"sluice server proof 1", _without_checksum(welcome)[:-_PROOF_OPTION_BYTES])

    def _join(self, label: bytes, *welcome: bytes) -> bytes:
        parts = (label, PREFACE, PREFACE, self._hello, self._challenge, self._auth, *welcome, self._binding)
        return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def _without_checksum(frame: bytes) -> bytes:
    return frame[: _CHECKSUM.start] + bytes(4) + frame[_CHECKSUM.stop :]


def client_proof(secret: bytes, message: bytes) -> bytes:
    """Returns ClientKey XOR HMAC(StoredKey, message)."""
    client_key = _hmac(secret, b"sluice client key 1")
    pad = _hmac(hashlib.sha256(client_key).digest(), message)
    return bytes(a ^ b for a, b in zip(client_key, pad))


def is_server_proof(proof: bytes, secret: bytes, message: bytes) -> bool:
    """Returns whether `proof` is HMAC(ServerKey, message), compared in constant time."""
    return hmac.compare_digest(proof, _hmac(_hmac(secret, b"sluice server key 1"), message))
