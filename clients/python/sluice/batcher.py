"""Collects events into a batch, and encodes the batch."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from . import columns, compression, frames, validation
from .errors import EventRejected
from .messages import Limits
from .receipts import BatchOutcome
from .settings import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class EncodedBatch(NamedTuple):
    """Columns as they are sent."""

    body: bytes
    codec: int
    raw_length: int
    events: int
    topics: int
    sources: int
    outcome: BatchOutcome


def microseconds(time: datetime) -> int:
    """Returns the microseconds since 1970. A time without a zone raises EventRejected."""
    if time.tzinfo is None:
        raise EventRejected("timestamp_range", "its time has no zone; use datetime.now(timezone.utc)")
    return (time - _EPOCH) // _MICROSECOND


def json_bytes(payload: Any) -> bytes:
    """Returns `payload` as JSON. `bytes` are JSON already. What JSON cannot express raises EventRejected."""
    if isinstance(payload, bytes):
        return payload
    try:
        text: str = _dump(payload)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise EventRejected("payload_syntax", f"its payload cannot be written as JSON: {error}") from None


class Batcher:
    """The batch that is being filled. Not safe for threads."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self._settings = settings
        self.limits = limits
        self._default_source = settings.source or settings.client_name
        self._clear()

    def _clear(self) -> None:
        self._topics: dict[str, int] = {}
        self._sources: dict[str, int] = {}
        self._topic_names: list[bytes] = []
        self._source_names: list[bytes] = []
        self._topic_indices: list[int] = []
        self._source_indices: list[int] = []
        self._times: list[int] = []
        self._ids: list[bytes] = []
        self._payloads: list[bytes | None] = []
        self.size = columns.FIXED_BYTES
        """Bytes of the columns if times need 8 bytes."""
        self.outcome = BatchOutcome()

    @property
    def events(self) -> int:
        """Events in the batch."""
        return len(self._ids)

    @property
    def is_full(self) -> bool:
        """Whether the batch should be sent without waiting for more."""
        most = min(self._settings.batch_events, self.limits.events, self.limits.dictionary)
        return len(self._ids) >= most or self.size >= min(self._settings.batch_bytes, self.limits.raw_bytes)

    def add(self, topic: str, id: str, payload: Any, source: str | None, time: int | datetime) -> bool:
        """Adds an event. Returns false, and changes nothing, when the batch has other events and would be beyond the
        limits of the server. A bad event raises EventRejected and changes nothing.
        """
        id_bytes = self._name(id, "event_id")
        if isinstance(time, datetime):
            time = microseconds(time)
        if not validation.EARLIEST <= time <= validation.LATEST:
            raise EventRejected("timestamp_range", "its time is not in the years 1 to 9999")
        body = None if payload is None else json_bytes(payload)
        if body is not None and self._settings.check_events:
            fault = validation.payload_fault(body, self.limits)
            if fault:
                raise EventRejected(fault, _PAYLOAD_TEXTS[fault])
        source = self._default_source if source is None else source
        topic_index = self._topics.get(topic)
        source_index = self._sources.get(source)
        topic_name = self._name(topic, "topic") if topic_index is None else b""
        source_name = self._name(source, "source") if source_index is None else b""
        size = 18 + len(id_bytes) + (len(body) if body else 0)
        if topic_index is None:
            size += 2 + len(topic_name)
        if source_index is None:
            size += 2 + len(source_name)
        # A frame may have the columns as they are.
        if self._ids and self.size + size > min(self.limits.raw_bytes, self.limits.body_bytes):
            return False
        if topic_index is None:
            topic_index = self._topics[topic] = len(self._topic_names)
            self._topic_names.append(topic_name)
        if source_index is None:
            source_index = self._sources[source] = len(self._source_names)
            self._source_names.append(source_name)
        self._topic_indices.append(topic_index)
        self._source_indices.append(source_index)
        self._times.append(time)
        self._ids.append(id_bytes)
        self._payloads.append(body)
        self.size += size
        return True

    def _name(self, text: str, kind: str) -> bytes:
        try:
            name = text.encode("utf-8")
        except UnicodeEncodeError:
            raise EventRejected(f"{kind}_text", f"its {kind} has a surrogate, which UTF-8 cannot express") from None
        if len(name) > 65_535 or (self._settings.check_events and (
                not 1 <= len(text) <= self.limits.name_scalars or "\0" in text)):
            fault = "text" if "\0" in text else "length"
            raise EventRejected(
                f"{kind}_{fault}", f"its {kind} is not 1 to {self.limits.name_scalars} characters without U+0000")
        return name

    def seal(self) -> EncodedBatch:
        """Returns the encoded batch, and begins the next one."""
        raw = columns.encode(columns.Rows(
            self._topic_names, self._source_names, self._topic_indices, self._source_indices, self._times, self._ids,
            self._payloads))
        block = compression.compress(raw) if self._settings.compress else None
        outcome = self.outcome
        outcome.events = self.events
        batch = EncodedBatch(
            raw if block is None else block, frames.CODEC_NONE if block is None else frames.CODEC_LZ4, len(raw),
            self.events, len(self._topic_names), len(self._source_names), outcome)
        self._clear()
        return batch


_PAYLOAD_TEXTS = {
    "payload_length": "its payload is longer than the server allows",
    "payload_text": "its payload is not UTF-8",
    "payload_syntax": "its payload is not JSON",
    "payload_depth": "its payload is nested too deeply",
    "payload_number": "its payload has a number whose exponent is too large",
    "payload_escape": "its payload has an escape that no text can hold, such as \\u0000",
}
