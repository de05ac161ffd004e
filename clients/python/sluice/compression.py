"""LZ4 blocks through the package `lz4`. Without the package, columns are sent uncompressed."""

from __future__ import annotations

try:
    import lz4.block as _lz4
except ImportError:
    _lz4 = None

AVAILABLE: bool = _lz4 is not None

# Acceleration 3 is what the producers of the server's own library use: decision 12 of the project.
_ACCELERATION = 3


def compress(data: bytes) -> bytes | None:
    """Returns an LZ4 block, or None when there is no package or the block is not shorter than `data`."""
    if _lz4 is None:
        return None
    block: bytes = _lz4.compress(data, mode="fast", acceleration=_ACCELERATION, store_size=False)
    return block if len(block) < len(data) else None


def decompress(block: bytes, raw_length: int) -> bytes:
    """Returns the bytes of a block that `compress` made from `raw_length` bytes."""
    if _lz4 is None:
        raise RuntimeError("cannot read an LZ4 block: the package lz4 is not installed; install lz4")
    data: bytes = _lz4.decompress(block, uncompressed_size=raw_length)
    return data
