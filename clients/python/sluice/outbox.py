"""The unsettled batches of a producer, from connection to connection (wire protocol, sections 4.2, 5.1 and 8)."""

from __future__ import annotations

import heapq
import uuid
from typing import Callable, Iterator, NamedTuple, Sequence

from . import compression, frames, messages
from .batcher import EncodedBatch
from .errors import BatchRefused, ErrorCode, Retry, peer_text
from .messages import Counts, Lineage, Limits, Welcome
from .spool import Place, Spool, SpoolError, State

# Memory of the objects that hold a batch, beside its columns.
_OVERHEAD = 1_024


class HeldBatch:
    """A batch that is not settled."""

    __slots__ = ("sequence", "batch", "expires", "was_sent", "is_recovered", "not_before", "next_connection", "open")

    def __init__(self, sequence: int, batch: EncodedBatch, expires: float | None) -> None:
        self.sequence = sequence
        self.batch = batch
        self.expires = expires
        self.was_sent = False
        self.is_recovered = False
        self.not_before = 0.0
        self.next_connection = False
        self.open = False

    @property
    def memory(self) -> int:
        """Bytes that the batch counts for."""
        return len(self.batch.body) + _OVERHEAD


class Spoken(NamedTuple):
    """What HELLO said, and what was known then."""

    base: int
    highest_told: int


class LineageLoss(NamedTuple):
    """The database is not the database, or not in the state, that reported commits. `finding` says why."""

    finding: str


class Resumption(NamedTuple):
    """What a WELCOME told."""

    lineage_loss: LineageLoss | None
    possible_clone: bool
    settled: tuple[int, ...]


class Outbox:
    """Numbers batches, decides which are sent on a new connection, and reports outcomes. Not safe for threads."""

    def __init__(self, producer: uuid.UUID, learn_counts: bool) -> None:
        self.producer = producer
        self.possible_clone = False
        self.memory = 0
        self.on_given_up: Callable[[int, Exception], None] = lambda events, error: None
        """Called with the number of events and the reason when a batch is given up."""
        self._learn_counts = learn_counts
        self._held: dict[int, HeldBatch] = {}
        self._next = self._base = 1
        self._ready: list[int] = []
        self._never_sent: set[int] = set()
        self._session: tuple[Lineage, int] | None = None
        self._told: Lineage | None = None
        self._highest_told = 0
        self._limits = Limits()
        self._credit_bytes = 0
        self._has_delays = self._awaits_connection = False
        self._spool: Spool | None = None
        self._epoch = 1
        self._declared = 1
        self._unwritten: list[int] = []
        self._state_changed = False

    def __len__(self) -> int:
        return len(self._held)

    @property
    def base(self) -> int:
        """Lowest sequence that may still be sent. With a spool, what is below it is settled there, too."""
        if self._write_settled():
            self._declared = self._lowest()
        return self._declared

    def _lowest(self) -> int:
        while self._base < self._next and self._base not in self._held:
            self._never_sent.discard(self._base)
            self._base += 1
        return self._base

    @property
    def has_backlog(self) -> bool:
        """Whether batches wait for credit or for a connection."""
        return bool(self._ready)

    @property
    def highest_told(self) -> int:
        """Highest sequence that was reported as committed, 0 for none."""
        return self._highest_told

    def add(self, batch: EncodedBatch, expires: float | None = None, expiry_ms: int = 0) -> HeldBatch | None:
        """Takes a batch and gives it the next sequence.

        `expires` is a time of the caller's clock, and `expiry_ms` the same in milliseconds since 1970. A batch that
        the spool cannot take is given up; the result is None then.
        """
        held = HeldBatch(self._next, batch, expires)
        if self._spool is not None:
            try:
                self._spool.append(self._state(), held.sequence, batch, expiry_ms)
            except OSError as error:
                failure = SpoolError(f"cannot write the batch to {self._spool.directory}: {error.strerror}; "
                                     "publish its events again when the disk has room")
                batch.outcome.fail(failure)
                self.on_given_up(batch.events, failure)
                return None
        self._hold(held)
        return held

    def _hold(self, held: HeldBatch) -> None:
        self._held[held.sequence] = held
        self._next = max(self._next, held.sequence + 1)
        self.memory += held.memory
        heapq.heappush(self._ready, held.sequence)

    def attach(self, spool: Spool, now: float, unix_ms: int) -> None:
        """Takes identity and batches of a spool, and keeps batches there from now on."""
        state, batches = spool.open(self.producer)
        self.producer, self._epoch = state.producer, state.epoch
        self._next, self._base, self._declared = state.next, state.base, state.base
        self._told, self._highest_told = state.lineage, state.highest
        for found in batches:
            held = HeldBatch(found.sequence, found.batch,
                             now + (found.expiry_ms - unix_ms) / 1_000 if found.expiry_ms else None)
            held.is_recovered = True
            self._hold(held)
        self._spool = spool

    def _state(self, renumbered: Sequence[Place] = ()) -> State:
        return State(self._epoch, self.producer, self._next, self._lowest(), self._highest_told, self._told, renumbered)

    def _write_settled(self) -> bool:
        """Writes settlements to the spool. Returns false when the disk does not take them now."""
        if self._spool is None:
            self._unwritten.clear()
            return True
        if not self._unwritten and not self._state_changed:
            return True
        try:
            if self._state_changed:
                self._spool.change(self._state())
                self._state_changed = False
            if self._unwritten:
                self._spool.settle(self._state(), self._unwritten)
                self._unwritten = []
        except OSError:
            return False
        return True

    def detach(self) -> None:
        """Writes what is settled, and closes the spool. Unsettled batches stay there."""
        if self._spool is not None:
            self._write_settled()
            self._spool.close()
            self._spool = None

    def remember(self, lineage: Lineage, session: int | None, highest_told: int) -> None:
        """Restores what an earlier connection told."""
        self._told, self._highest_told = lineage, highest_told
        self._session = None if session is None else (lineage, session)

    def held(self) -> Iterator[HeldBatch]:
        """Returns the unsettled batches in ascending order."""
        return iter(sorted(self._held.values(), key=lambda held: held.sequence))

    # Connections

    def speak(self) -> Spoken:
        """Returns what HELLO says."""
        return Spoken(self.base, self._highest_told)

    def welcomed(self, welcome: Welcome, spoken: Spoken) -> Resumption:
        """Compares WELCOME with what is known, and decides which batches are sent on this connection."""
        loss = self._compare(welcome, spoken)
        if loss is not None:
            self._told, self._highest_told = None, 0
            self._state_changed = True
        listed = set(welcome.listed(spoken.base))
        if any(self._was_never_sent(sequence) for sequence in listed) or self._session_jumped(welcome):
            self.possible_clone = True
        self._session = (welcome.lineage, welcome.session)
        self._limits, self._credit_bytes = welcome.limits, welcome.credit_bytes
        settled: tuple[int, ...] = ()
        if not self.possible_clone and not self._learn_counts:
            settled = tuple(sorted(sequence for sequence in listed
                                   if sequence in self._held and self._held[sequence].was_sent))
            for sequence in settled:
                self._settle(sequence, Counts(0, 0, 0, 0, replay=True, known=False))
        for held in self._held.values():
            held.open = held.next_connection = False
        self._awaits_connection = False
        self._ready = sorted(self._held)
        return Resumption(loss, self.possible_clone, settled)

    def _compare(self, welcome: Welcome, spoken: Spoken) -> LineageLoss | None:
        if self._told is not None and self._told != welcome.lineage:
            return LineageLoss("another database or another history of it answers")
        if self._highest_told and welcome.highest < spoken.highest_told:
            return LineageLoss("the database does not know a batch that was reported as committed")
        if self._session and self._session[0] == welcome.lineage and welcome.session <= self._session[1]:
            return LineageLoss("the number of the session did not rise")
        return None

    def _session_jumped(self, welcome: Welcome) -> bool:
        return (self._session is not None and self._session[0] == welcome.lineage
                and welcome.session > self._session[1] + 1)

    def _was_never_sent(self, sequence: int) -> bool:
        held = self._held.get(sequence)
        return sequence >= self._next or sequence in self._never_sent or (
            held is not None and not held.was_sent and not held.is_recovered)

    def disconnected(self) -> None:
        """Forgets what waits for an answer on the connection that ended."""
        for held in self._held.values():
            held.open = False

    # Sending

    def next_to_send(self, now: float) -> HeldBatch | None:
        """Returns the lowest batch that may be sent now, without taking it."""
        while self._ready:
            held = self._held.get(self._ready[0])
            if held is None or held.open or held.next_connection:
                heapq.heappop(self._ready)
            elif held.expires is not None and held.expires <= now and not held.was_sent:
                self._give_up(held, BatchRefused(
                    ErrorCode.BATCH_EXPIRED, "its time to live was over before it was sent", held.is_recovered))
            elif not self._fits(held.batch):
                self._give_up(held, BatchRefused(
                    ErrorCode.BATCH_TOO_LARGE, "it is beyond the limits of this server", held.was_sent))
            elif held.not_before > now:
                heapq.heappop(self._ready)
            elif held.sequence >= self.base + self._limits.span:
                return None
            else:
                return held
        return None

    def _fits(self, batch: EncodedBatch) -> bool:
        limits = self._limits
        return (batch.raw_length <= min(limits.raw_bytes, self._credit_bytes) and batch.events <= limits.events
                and max(batch.topics, batch.sources) <= limits.dictionary and len(batch.body) <= limits.body_bytes)

    def sent(self, held: HeldBatch) -> None:
        """Records that the batch was sent on the current connection."""
        held.open = held.was_sent = True
        self._never_sent.discard(held.sequence)

    def columns(self, held: HeldBatch, lz4_agreed: bool) -> tuple[bytes, int]:
        """Returns the columns of a batch and their codec for a connection."""
        batch = held.batch
        if batch.codec == frames.CODEC_LZ4 and not lz4_agreed:
            return compression.decompress(batch.body, batch.raw_length), frames.CODEC_NONE
        return batch.body, batch.codec

    def wake(self, now: float) -> float | None:
        """Makes batches ready whose delay is over, and returns the time of the next one."""
        later: float | None = None
        if not self._has_delays:
            return None
        for held in self._held.values():
            if held.not_before and not held.open and not held.next_connection:
                if held.not_before <= now:
                    held.not_before = 0.0
                    heapq.heappush(self._ready, held.sequence)
                elif later is None or held.not_before < later:
                    later = held.not_before
        self._has_delays = any(held.not_before for held in self._held.values())
        return later

    @property
    def needs_connection(self) -> bool:
        """Whether a refused batch waits for the next connection and nothing is open on this one."""
        return self._awaits_connection and not any(held.open for held in self._held.values())

    # Answers

    def accepted(self, sequence: int) -> None:
        """Reports that a server's memory holds the batch."""
        held = self._held.get(sequence)
        if held is not None:
            held.batch.outcome.is_accepted = True

    def committed(self, sequence: int, counts: Counts, lineage: Lineage) -> None:
        """Reports a commit, unless the batch is settled already."""
        if sequence in self._held:
            self._state_changed = self._state_changed or self._told != lineage
            self._told = lineage
            self._highest_told = max(self._highest_told, sequence)
            self._settle(sequence, counts)

    def refused(self, sequence: int, code: int, retry: Retry, delay: float, message: str, now: float) -> None:
        """Gives a refused batch up, or plans the next attempt."""
        held = self._held.get(sequence)
        if held is None:
            return
        held.open = False
        if retry is Retry.NEVER:
            self._give_up(held, BatchRefused(code, peer_text(message)))
        elif retry is Retry.NEW_CONNECTION:
            held.next_connection = self._awaits_connection = True
        else:
            held.not_before = now + delay
            self._has_delays = True

    def renew(self, producer: uuid.UUID) -> None:
        """Takes a new identity: the batches get the sequences 1, 2, 3 and so on under it."""
        batches = list(self.held())
        self._write_settled()
        places = [Place(self._epoch, held.sequence) for held in batches]
        self.producer = producer
        self.possible_clone = False
        self._next = self._base = self._declared = 1
        self._highest_told = 0
        self._session = None
        self._epoch += 1
        self._unwritten = []
        self._never_sent.clear()
        self._held.clear()
        for held in batches:
            held.sequence = self._next
            held.was_sent = held.is_recovered = held.open = held.next_connection = False
            self._held[self._next] = held
            self._next += 1
        self._ready = sorted(self._held)
        if self._spool is not None:
            # Nothing may be sent under the new identity before the spool has it, so an OSError ends the producer.
            self._spool.change(self._state(places))
            self._state_changed = False

    def fail_all(self, error: Exception) -> None:
        """Reports every batch as failed. A spool keeps the batches for the next process."""
        for held in list(self.held()):
            del self._held[held.sequence]
            self.memory -= held.memory
            held.batch.outcome.fail(error)

    def _settle(self, sequence: int, counts: Counts) -> None:
        held = self._held.pop(sequence)
        self.memory -= held.memory
        self._unwritten.append(sequence)
        held.batch.outcome.commit(counts)

    def _give_up(self, held: HeldBatch, error: Exception) -> None:
        del self._held[held.sequence]
        self.memory -= held.memory
        self._unwritten.append(held.sequence)
        if not held.was_sent:
            self._never_sent.add(held.sequence)
        held.batch.outcome.fail(error)
        self.on_given_up(held.batch.events, error)
