"""Checks of events before they are sent: the reasons of dead events (wire protocol, section 5.3)."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, NoReturn

from .messages import Limits

EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Times of the years 1 to 9999 in microseconds since 1970."""

# Text that the quick check cannot judge: escapes, and numbers that may leave the limit of the exponent. With at most
# 59 digits in a row and two digits of exponent a number is within 10^-158 and 10^158.
_SUSPICIOUS = re.compile(r"[0-9](?:[0-9]{59}|[eE][+-]?[0-9]{3})")
_SAFE_EXPONENT = 160
_MOST_FRACTION_DIGITS = 16_383


def name_fault(text: bytes, limits: Limits) -> str | None:
    """Returns `text` or `length` when a topic, source or event id is bad, otherwise None."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        return "text"
    if "\0" in decoded:
        return "text"
    return None if 1 <= len(decoded) <= limits.name_scalars else "length"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Reads one value in C. Spaces around the value are left to the scanner below.
_read_value: Callable[[str, int], tuple[Any, int]] = getattr(
    json.JSONDecoder(parse_constant=_no_constant), "scan_once")


def payload_fault(payload: bytes, limits: Limits) -> str | None:
    """Returns the reason for which a payload is dead, or None when it is good."""
    if len(payload) > limits.payload_bytes:
        return "payload_length"
    depth = payload.count(b"[") + payload.count(b"{")
    if depth <= min(limits.json_depth, 500) and limits.json_exponent >= _SAFE_EXPONENT:
        try:
            text = payload.decode("utf-8")
            if "\\u" not in text and not _SUSPICIOUS.search(text) and _read_value(text, 0)[1] == len(text):
                return None
        except (ValueError, StopIteration):
            pass
    return scanned_fault(payload, limits)


def scanned_fault(payload: bytes, limits: Limits) -> str | None:
    """Returns what `payload_fault` returns, always by reading the payload in Python."""
    try:
        _Scanner(payload, limits).scan()
    except _Fault as fault:
        return str(fault)
    return None


class _Fault(Exception):
    pass


_SPACE = re.compile(rb"[ \t\n\r]*")
_NUMBER = re.compile(rb"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_NUMBER_TAIL = re.compile(rb"[0-9.eE+-]")
# The bytes of a string up to a quote, an escape, a control character or a byte beyond ASCII.
_PLAIN = re.compile(rb'[^"\\\x00-\x1f\x80-\xff]*')
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


class _Scanner:
    """Reads JSON from the left and raises the first fault."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data, self._limits, self._at = data, limits, 0

    def scan(self) -> None:
        closers: list[bytes] = []
        self._value_or_open(closers)
        while closers:
            self._spaces()
            closer = closers[-1]
            if self._peek() == closer:
                self._at += 1
                closers.pop()
                continue
            self._expect(b",")
            self._member(closer, closers)
        self._spaces()
        if self._at < len(self._data):
            self._wrong_byte()

    def _value_or_open(self, closers: list[bytes]) -> None:
        """Reads one value; of an array or object that is not empty, its beginning and its first member."""
        while True:
            self._spaces()
            opening = self._peek()
            if opening not in (b"[", b"{"):
                return self._scalar(opening)
            if len(closers) >= self._limits.json_depth:
                raise _Fault("payload_depth")
            self._at += 1
            closer = b"]" if opening == b"[" else b"}"
            closers.append(closer)
            self._spaces()
            if self._peek() == closer:
                return
            if closer == b"}":
                self._key()

    def _member(self, closer: bytes, closers: list[bytes]) -> None:
        if closer == b"}":
            self._spaces()
            self._key()
        self._value_or_open(closers)

    def _key(self) -> None:
        if self._peek() != b'"':
            self._wrong_byte()
        self._string()
        self._spaces()
        self._expect(b":")

    def _scalar(self, first: bytes) -> None:
        if first == b'"':
            self._string()
        elif first and first in b"-0123456789":
            self._number()
        else:
            for word in (b"true", b"false", b"null"):
                if self._data.startswith(word, self._at):
                    self._at += len(word)
                    return
            self._wrong_byte()

    def _number(self) -> None:
        match = _NUMBER.match(self._data, self._at)
        if match is None:
            raise _Fault("payload_syntax")
        if _NUMBER_TAIL.match(self._data, match.end()):
            raise _Fault("payload_syntax")
        self._at = match.end()
        whole, fraction, exponent_text = match[2], match[3] or b"", match[4] or b"0"
        # An exponent of more than 10 digits is out of every limit.
        sign = -1 if exponent_text.startswith(b"-") else 1
        digits = exponent_text.lstrip(b"+-").lstrip(b"0") or b"0"
        exponent = sign * (int(digits) if len(digits) <= 10 else 10**10)
        significant = (whole + fraction).lstrip(b"0")
        if significant:
            place = len(whole) - 1 - (len(whole + fraction) - len(significant)) + exponent
        else:
            place = exponent
        if abs(place) > self._limits.json_exponent or len(fraction) - exponent > _MOST_FRACTION_DIGITS:
            raise _Fault("payload_number")

    def _string(self) -> None:
        self._at += 1
        while True:
            self._at = _PLAIN.match(self._data, self._at).end()  # type: ignore[union-attr]
            byte = self._peek()
            if byte == b'"':
                self._at += 1
                return
            if byte == b"\\":
                self._escape()
            elif byte >= b"\x80":
                self._beyond_ascii()
            else:
                raise _Fault("payload_syntax")

    def _beyond_ascii(self) -> None:
        run = _BEYOND_ASCII.match(self._data, self._at)
        assert run is not None
        try:
            run[0].decode("utf-8")
        except UnicodeDecodeError:
            raise _Fault("payload_text") from None
        self._at = run.end()

    def _escape(self) -> None:
        kind = self._data[self._at + 1 : self._at + 2]
        if kind == b"u":
            unit = self._unit()
            if unit == 0 or unit in _LOW:
                raise _Fault("payload_escape")
            if unit in _HIGH:
                if self._data[self._at : self._at + 2] != b"\\u":
                    raise _Fault("payload_escape")
                try:
                    low = self._unit()
                except _Fault:
                    raise _Fault("payload_escape") from None
                if low not in _LOW:
                    raise _Fault("payload_escape")
        elif kind and kind in b'"\\/bfnrt':
            self._at += 2
        else:
            raise _Fault("payload_syntax")

    def _unit(self) -> int:
        digits = self._data[self._at + 2 : self._at + 6]
        if not re.fullmatch(rb"[0-9a-fA-F]{4}", digits):
            raise _Fault("payload_syntax")
        self._at += 6
        return int(digits, 16)

    def _spaces(self) -> None:
        self._at = _SPACE.match(self._data, self._at).end()  # type: ignore[union-attr]

    def _peek(self) -> bytes:
        return self._data[self._at : self._at + 1]

    def _expect(self, byte: bytes) -> None:
        if self._peek() != byte:
            self._wrong_byte()
        self._at += 1

    def _wrong_byte(self) -> NoReturn:
        """A byte that cannot be here: bad UTF-8 counts as text, everything else as syntax."""
        if self._peek() >= b"\x80":
            self._beyond_ascii()
        raise _Fault("payload_syntax")
