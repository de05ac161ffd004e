"""Unsettled batches on disk, so that they outlast their process (spec/spool.md)."""

from __future__ import annotations

import os
import pathlib
import struct
import uuid
from dataclasses import dataclass, field
from typing import NamedTuple, Sequence

from . import checksum, compression, frames
from .batcher import EncodedBatch
from .errors import SluiceError
from .messages import Lineage
from .receipts import BatchOutcome

_MAGIC, _VERSION = b"\x89SPOOL\0", 1
_HEAD = _MAGIC + bytes([_VERSION])
_MARKER = struct.pack("<I", 0x524C5053)
_HEADER = struct.Struct("<4sBBHIIIIQQI")
_HEADER_BYTES = _HEADER.size + 4
_STATE = struct.Struct("<16sQQQBQI16sI")
_RENUMBERED = struct.Struct("<IQ")
_STATE_TYPE, _BATCH_TYPE, _SETTLED_TYPE = 1, 2, 3
_LARGEST_EPOCH = (1 << 31) - 1
_NO_LINEAGE = Lineage(0, 0, uuid.UUID(int=0))


class SpoolError(SluiceError):
    """The spool cannot be used."""


class Place(NamedTuple):
    """Epoch and sequence of a batch."""

    epoch: int
    sequence: int


class Record(NamedTuple):
    """A sound record."""

    type: int
    codec: int
    epoch: int
    events: int
    raw_length: int
    sequence: int
    expiry_ms: int
    body: bytes
    size: int


class SpooledBatch(NamedTuple):
    """A batch that was found. `expiry_ms` is in milliseconds since 1970, 0 for none."""

    sequence: int
    batch: EncodedBatch
    expiry_ms: int


@dataclass
class State:
    """Identity of the producer, and what it was told."""

    epoch: int
    producer: uuid.UUID
    next: int = 1
    base: int = 1
    highest: int = 0
    lineage: Lineage | None = None
    renumbered: Sequence[Place] = ()


def encode_record(kind: int, epoch: int, body: bytes, *, codec: int = 0, events: int = 0, raw_length: int = 0,
                  sequence: int = 0, expiry_ms: int = 0) -> bytes:
    """Returns a record: its header with both checksums, and its body."""
    header = _HEADER.pack(_MARKER, kind, codec, 0, epoch, len(body), events, raw_length, sequence, expiry_ms,
                          checksum.extend(0, body))
    return header + checksum.extend(0, header).to_bytes(4, "little") + body


def decode_record(data: bytes, at: int) -> Record | None:
    """Returns the sound record at an offset, or None."""
    header = data[at : at + _HEADER.size]
    if not _is_sound_header(data, at):
        return None
    _, kind, codec, zero, epoch, length, events, raw, sequence, expiry, crc = _HEADER.unpack(header)
    body = data[at + _HEADER_BYTES : at + _HEADER_BYTES + length]
    if len(body) < length or checksum.extend(0, body) != crc or zero or kind not in (1, 2, 3):
        return None
    return Record(kind, codec, epoch, events, raw, sequence, expiry, body, _HEADER_BYTES + length)


def _is_sound_header(data: bytes, at: int) -> bool:
    header, crc = data[at : at + _HEADER.size], data[at + _HEADER.size : at + _HEADER_BYTES]
    return (len(crc) == 4 and header.startswith(_MARKER)
            and checksum.extend(0, header) == int.from_bytes(crc, "little"))


def encode_state(state: State) -> bytes:
    """Returns the record of a state."""
    lineage = state.lineage or _NO_LINEAGE
    body = _STATE.pack(state.producer.bytes, state.next, state.base, state.highest, state.lineage is not None,
                       lineage.system, lineage.timeline, lineage.store.bytes, len(state.renumbered))
    return encode_record(_STATE_TYPE, state.epoch, body + b"".join(_RENUMBERED.pack(*p) for p in state.renumbered))


def decode_state(record: Record) -> State | None:
    """Returns the state of a record, or None when its body contradicts itself."""
    if len(record.body) < _STATE.size:
        return None
    producer, next_, base, highest, has_lineage, system, timeline, store, count = _STATE.unpack_from(record.body)
    if len(record.body) != _STATE.size + count * _RENUMBERED.size:
        return None
    lineage = Lineage(system, timeline, uuid.UUID(bytes=store)) if has_lineage else None
    places = [Place(*place) for place in _RENUMBERED.iter_unpack(record.body[_STATE.size :])]
    return State(record.epoch, uuid.UUID(bytes=producer), next_, base, highest, lineage, places)


@dataclass
class _Segment:
    path: pathlib.Path
    size: int = 0
    unsettled: int = 0


@dataclass
class _Found:
    """What reading gathers."""

    state: State | None = None
    records: dict[Place, Record] = field(default_factory=dict)
    segments: dict[Place, _Segment] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)
    is_ahead: bool = False
    """Whether a batch precedes a state and is not below its next sequence, so that the state is older."""

    def take(self, record: Record, segment: _Segment) -> bool:
        """Applies a record. Returns false when its body contradicts itself."""
        if record.type == _BATCH_TYPE:
            place = Place(record.epoch, record.sequence)
            self.records[place], self.segments[place] = record, segment
            if self.state is not None and self.state.epoch == record.epoch:
                self.state.next = max(self.state.next, record.sequence + 1)
        elif record.type == _SETTLED_TYPE:
            if len(record.body) % 8:
                return False
            for sequence, in struct.iter_unpack("<Q", record.body):
                self.records.pop(Place(record.epoch, sequence), None)
            if self.state is not None and self.state.epoch == record.epoch:
                self.state.highest = record.sequence
        else:
            return self._take_state(record)
        return True

    def _take_state(self, record: Record) -> bool:
        state = decode_state(record)
        if state is None:
            return False
        for number, place in enumerate(state.renumbered, 1):
            moved = self.records.pop(place, None)
            if moved is not None:
                new = Place(state.epoch, number)
                self.records[new], self.segments[new] = moved, self.segments[place]
        for place in [p for p in self.records if p.epoch == state.epoch and p.sequence < state.base]:
            del self.records[place]
        self.is_ahead = any(p.epoch == state.epoch and p.sequence >= state.next for p in self.records)
        self.state = state
        return True


class Spool:
    """A directory of segments under an exclusive lock. Not safe for threads.

    `sync` is None for no `fsync`, 0 for one before each batch is sent, or the seconds of an interval.
    """

    def __init__(self, directory: str | os.PathLike[str], limit: int, sync: float | None) -> None:
        self.directory = pathlib.Path(directory)
        self.limit = limit
        self.sync = sync
        self.size = 0
        """Bytes of all segments."""
        self.damage: list[str] = []
        """Texts for people about damage that was found."""
        self._segment_bytes = min(max(limit // 16, 64 << 10), 64 << 20)
        self._segments: list[_Segment] = []
        self._places: dict[Place, _Segment] = {}
        self._file = -1
        self._is_dirty = False
        self._dirty_since: float | None = None
        # Not at the top, because Windows has no such module; there the package works without a spool.
        import fcntl

        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise SpoolError(f"cannot use the spool {self.directory}: another process uses it; "
                             "give each producer a directory of its own") from None
        os.truncate(self._lock, 0)
        os.write(self._lock, b"%d\n" % os.getpid())

    # Reading

    def open(self, fresh: uuid.UUID) -> tuple[State, list[SpooledBatch]]:
        """Reads the segments and begins a new one. Returns the state and the unsettled batches in order.

        `fresh` becomes the identity when there is no state, or when it is unknown what was sent.
        """
        found = self._read()
        self.damage = found.damage
        ordered = sorted(found.records.items())
        state = found.state
        if (state is None or found.damage or found.is_ahead
                or any(place.epoch != state.epoch for place, _ in ordered)):
            latest = max([place.epoch for place in found.records] + [state.epoch if state else 0])
            if latest >= _LARGEST_EPOCH:
                raise SpoolError(f"cannot use the spool {self.directory}: its epochs are used up; use a new directory")
            state = State(latest + 1, fresh, len(ordered) + 1, 1, 0, state.lineage if state else None,
                          [place for place, _ in ordered])
            self._places = {Place(state.epoch, n): found.segments[p] for n, (p, _) in enumerate(ordered, 1)}
            batches = [self._batch(n, record) for n, (_, record) in enumerate(ordered, 1)]
        else:
            self._places = {place: found.segments[place] for place, _ in ordered}
            batches = [self._batch(place.sequence, record) for place, record in ordered]
            state.base = min([batch.sequence for batch in batches] + [state.next])
        for segment in self._places.values():
            segment.unsettled += 1
        self._begin(state)
        state.renumbered = ()
        return state, batches

    def _batch(self, sequence: int, record: Record) -> SpooledBatch:
        try:
            raw = record.body
            if record.codec == frames.CODEC_LZ4:
                raw = compression.decompress(record.body, record.raw_length)
            topics, sources = struct.unpack_from("<II", raw, 4)
        except Exception as error:  # Each LZ4 package has exceptions of its own.
            raise SpoolError(f"cannot use the spool {self.directory}: batch {record.sequence} of epoch {record.epoch} "
                             f"cannot be read: {error}") from error
        batch = EncodedBatch(record.body, record.codec, record.raw_length, record.events, topics, sources,
                             BatchOutcome())
        batch.outcome.events = record.events
        return SpooledBatch(sequence, batch, record.expiry_ms)

    def _read(self) -> _Found:
        found = _Found()
        paths = sorted(self.directory.glob("[0-9a-f]" * 16 + ".spool"))
        for path in paths:
            data = path.read_bytes()
            segment = _Segment(path, len(data))
            self._segments.append(segment)
            self.size += len(data)
            self._read_segment(data, segment, found, is_newest=path == paths[-1])
        return found

    def _read_segment(self, data: bytes, segment: _Segment, found: _Found, is_newest: bool) -> None:
        at = len(_HEAD)
        if data[:at] != _HEAD:
            at = 0
            if data.startswith(_MAGIC) and len(data) > 7 and self._next_record(data, 8) is None:
                raise SpoolError(f"cannot use the spool {self.directory}: {segment.path.name} is of version {data[7]}; "
                                 "use the program that wrote it")
        while at < len(data):
            record = decode_record(data, at)
            if record is not None and found.take(record, segment):
                at += record.size
                continue
            if is_newest and self._is_torn(data, at):
                os.truncate(segment.path, at)
                self.size -= len(data) - at
                segment.size = at
                self._sync_path(segment.path)
                return
            after = self._next_record(data, at + 1)
            end = len(data) if after is None else after
            self._report(segment.path, data, at, end, found)
            at = end

    def _is_torn(self, data: bytes, at: int) -> bool:
        """Whether a record is cut off at the end of the newest segment."""
        if len(data) - at < _HEADER_BYTES:
            return True
        if _is_sound_header(data, at):
            length = struct.unpack_from("<I", data, at + 12)[0]
            return at + _HEADER_BYTES + int(length) > len(data)
        if self.sync == 0:
            return False
        zeros = len(data) - len(data.rstrip(b"\0"))
        begin = len(data) - zeros
        if begin > at:
            begin = -(-begin // 4_096) * 4_096
        return len(data) - max(begin, at) >= 64

    def _next_record(self, data: bytes, at: int) -> int | None:
        while (at := data.find(_MARKER, at)) >= 0:
            if decode_record(data, at) is not None:
                return at
            at += 1
        return None

    def _report(self, path: pathlib.Path, data: bytes, begin: int, end: int, found: _Found) -> None:
        copy = path.with_name(f"{path.name}.{begin}-{end}.damaged")
        kept = sum(file.stat().st_size for file in self.directory.glob("*.damaged"))
        told = f"{end - begin} bytes of {path.name} from {begin} on are damaged"
        if kept + end - begin <= self.limit:
            try:
                copy.write_bytes(data[begin:end])
                told += f"; a copy is {copy.name}"
            except OSError:
                pass  # The damage is reported without a copy, for example on a full disk.
        found.damage.append(told)

    # Writing

    @property
    def has_room(self) -> bool:
        """Whether the bound allows another batch."""
        return self.size < self.limit or not self._places

    def append(self, state: State, sequence: int, batch: EncodedBatch, expiry_ms: int) -> None:
        """Writes a batch. It may be sent after that. A full or failing disk raises OSError and changes nothing."""
        self._write(state, encode_record(
            _BATCH_TYPE, state.epoch, batch.body, codec=batch.codec, events=batch.events, raw_length=batch.raw_length,
            sequence=sequence, expiry_ms=expiry_ms))
        segment = self._segments[-1]
        segment.unsettled += 1
        self._places[Place(state.epoch, sequence)] = segment
        if self.sync == 0:
            os.fsync(self._file)

    def settle(self, state: State, sequences: Sequence[int]) -> None:
        """Writes that batches are settled. A base above them may be declared after that."""
        self._write(state, encode_record(_SETTLED_TYPE, state.epoch, struct.pack(f"<{len(sequences)}Q", *sequences),
                                         sequence=state.highest))
        if self.sync == 0:
            os.fsync(self._file)
        for sequence in sequences:
            segment = self._places.pop(Place(state.epoch, sequence), None)
            if segment is not None:
                segment.unsettled -= 1
        self._delete_settled()

    def change(self, state: State) -> None:
        """Writes a state: another lineage, or another identity with the batches that it renumbers."""
        self._write(state, encode_state(state))
        if state.renumbered:
            self._places = {Place(state.epoch, n): self._places[place] for n, place in enumerate(state.renumbered, 1)}
        if self.sync == 0:
            os.fsync(self._file)

    def tick(self, now: float) -> float | None:
        """Syncs when the interval is over. Returns the time of the next sync."""
        if not self.sync or not self._is_dirty:
            return None
        if self._dirty_since is None:
            self._dirty_since = now
        if now >= self._dirty_since + self.sync:
            os.fsync(self._file)
            self._is_dirty, self._dirty_since = False, None
            return None
        return self._dirty_since + self.sync

    def close(self) -> None:
        """Syncs, unless `sync` is None, and gives the lock back."""
        if self._file >= 0:
            if self.sync is not None:
                os.fsync(self._file)
            os.close(self._file)
            self._file = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _write(self, state: State, record: bytes) -> None:
        segment = self._segments[-1]
        if segment.size + len(record) > self._segment_bytes and segment.size > len(_HEAD) + 256:
            renumbered, state.renumbered = state.renumbered, ()
            self._begin(state)
            state.renumbered = renumbered
            segment = self._segments[-1]
        self._append(segment, record)

    def _append(self, segment: _Segment, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError:
            os.ftruncate(self._file, segment.size)
            raise
        segment.size += written
        self.size += written
        self._is_dirty = True

    def _begin(self, state: State) -> None:
        """Begins the next segment with a state."""
        number = int(self._segments[-1].path.name[:16], 16) + 1 if self._segments else 1
        if self._file >= 0:
            if self.sync is not None:
                os.fsync(self._file)
            os.close(self._file)
        segment = _Segment(self.directory / f"{number:016x}.spool")
        self._file = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._segments.append(segment)
        self._append(segment, _HEAD + encode_state(state))
        if self.sync is not None:
            os.fsync(self._file)
            self._sync_path(self.directory)
        self._delete_settled()

    def _delete_settled(self) -> None:
        while len(self._segments) > 1 and self._segments[0].unsettled == 0:
            if self.sync is not None:
                os.fsync(self._file)
            segment = self._segments.pop(0)
            self.size -= segment.size
            segment.path.unlink(missing_ok=True)

    @staticmethod
    def _sync_path(path: pathlib.Path) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
