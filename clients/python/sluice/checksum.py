"""CRC-32C (RFC 3720, B.4) through the package `crc32c` or `google-crc32c`, or a table in Python."""

from __future__ import annotations

from typing import Callable

Extend = Callable[[int, bytes], int]

_POLYNOMIAL = 0x82F63B78


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()


def extend_in_python(crc: int, data: bytes) -> int:
    """Returns the CRC-32C of earlier bytes, whose CRC-32C is `crc`, followed by `data`."""
    crc ^= 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _choose() -> tuple[Extend, str]:
    try:
        import crc32c as compiled

        return (lambda crc, data: int(compiled.crc32c(data, crc))), "crc32c"
    except ImportError:
        pass
    try:
        import google_crc32c as google

        return (lambda crc, data: int(google.extend(crc, bytes(data)))), "google-crc32c"
    except ImportError:
        return extend_in_python, "python"


extend, IMPLEMENTATION = _choose()
"""The fastest implementation at hand, and its name: `crc32c`, `google-crc32c` or `python`."""
