"""One connection to a server without sockets and clocks: bytes and times in, events and bytes out.

The caller feeds bytes with `receive`, takes events with `events`, and sends what `data_to_send` returns. Times are
seconds of any clock that never goes back.
"""

from __future__ import annotations

import enum
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Iterator

from . import authentication, frames, messages
from .authentication import Key
from .errors import ErrorCode, ProtocolViolation, Retry
from .events import (Accepted, Committed, ConnectionEvent, CreditGranted, Failed, QueueReport, Refused, ServerLeaving,
                     StoreReport, Welcomed)
from .frames import PREFACE, Frame, FrameType


class State(enum.Enum):
    """States of a client (wire protocol, section 2)."""

    AWAITING = "awaiting"
    AUTHENTICATING = "authenticating"
    OPEN = "open"
    LEAVING = "leaving"
    ENDED = "ended"


_TAKEN = {
    State.AWAITING: (FrameType.CHALLENGE, FrameType.WELCOME, FrameType.ERROR),
    State.AUTHENTICATING: (FrameType.WELCOME, FrameType.ERROR),
    State.OPEN: (FrameType.ACK, FrameType.WINDOW, FrameType.HEARTBEAT, FrameType.GOAWAY, FrameType.ERROR),
}
_TAKEN[State.LEAVING] = _TAKEN[State.OPEN]


@dataclass(frozen=True)
class Greeting:
    """What a client says and knows before WELCOME."""

    producer: uuid.UUID
    base: int
    client_name: str = "sluice-python"
    features: int = 0
    key: Key | None = None
    nonce: bytes = b""
    """32 fresh random bytes for AUTH; needed with a key."""
    channel_binding: bytes = b""
    """The 32 bytes `tls-exporter` of the TLS connection; empty without TLS."""
    may_authenticate: bool = True
    """False without TLS towards an address that is not loopback: AUTH must not be sent there."""
    announces_key: bool = False
    """Whether HELLO says that there is a key, which is needed where the client may also present a certificate."""


class _Sent:
    """A PUBLISH that waits for its answer."""

    __slots__ = ("sequence", "accepted")

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.accepted = False


class Connection:
    """The protocol machine of a client. A broken rule of the server ends it with the event `Failed`."""

    def __init__(self, greeting: Greeting, now: float, handshake_timeout: float = 10.0) -> None:
        self.state = State.AWAITING
        self.greeting = greeting
        self.welcome: messages.Welcome | None = None
        self._reader = frames.FrameReader()
        self._greeted_back = False
        self._hello = frames.encode_frame(FrameType.HELLO, messages.encode_hello(
            greeting.producer, greeting.base, greeting.client_name, greeting.features,
            messages.KEY_OPTION if greeting.announces_key else b""))
        self._transcript: authentication.Transcript | None = None
        self._outgoing = [PREFACE, self._hello]
        self._events: deque[ConnectionEvent] = deque()
        self._open: dict[int, _Sent] = {}
        self._in_order: deque[_Sent] = deque()
        self._credit = (0, 0)
        self._used_batches = self._used_bytes = 0
        self._settled_through = 0
        self._said_goaway = False
        self._handshake_ends = now + handshake_timeout
        self._last_received = self._last_sent = now

    # Sending

    @property
    def open_batches(self) -> int:
        """Batches that were sent and wait for their answer."""
        return len(self._open)

    @property
    def said_goaway(self) -> bool:
        """Whether this side sent GOAWAY."""
        return self._said_goaway

    def can_publish(self, raw_length: int) -> bool:
        """Returns whether state and credit allow a PUBLISH of `raw_length` raw bytes now."""
        return (self.state is State.OPEN and self._used_batches < self._credit[0]
                and self._used_bytes + raw_length <= self._credit[1])

    def publish(
        self, sequence: int, base: int, columns: bytes, *, codec: int = frames.CODEC_NONE,
        raw_length: int | None = None, time_to_live_ms: int = 0
    ) -> None:
        """Sends a batch. `columns` are encoded with `codec`; `raw_length` is their length before that.

        Raises ValueError when the protocol does not allow the batch now; nothing is sent then.
        """
        raw_length = len(columns) if raw_length is None else raw_length
        if not self.can_publish(raw_length):
            raise ValueError(f"cannot send batch {sequence}: the connection is not open, or has no credit")
        if sequence in self._open:
            raise ValueError(f"cannot send batch {sequence} again: its first answer has not arrived")
        if not 1 <= base <= sequence <= messages.LARGEST_SEQUENCE:
            raise ValueError(f"cannot send batch {sequence} with base {base}: a sequence is at least its base")
        assert self.welcome is not None
        if codec != frames.CODEC_NONE and not self.welcome.features & messages.FEATURE_LZ4:
            raise ValueError("cannot send LZ4: the server did not agree")
        self._used_batches += 1
        self._used_bytes += raw_length
        sent = _Sent(sequence)
        self._open[sequence] = sent
        self._in_order.append(sent)
        self._outgoing.append(frames.encode_frame(
            FrameType.PUBLISH, messages.encode_publish_prefix(base, time_to_live_ms), columns,
            sequence=sequence, codec=codec, raw_length=raw_length))

    def goaway(self, reason: str = "done") -> None:
        """Says that no PUBLISH follows. A second call does nothing."""
        if self.state in (State.OPEN, State.LEAVING) and not self._said_goaway:
            self._said_goaway = True
            self.state = State.LEAVING
            self._outgoing.append(frames.encode_frame(FrameType.GOAWAY, messages.encode_goaway(0, reason)))

    def data_to_send(self, now: float) -> bytes:
        """Returns and forgets the bytes that wait to be sent."""
        if not self._outgoing:
            return b""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        self._last_sent = now
        return data

    # Time

    def deadline(self) -> float | None:
        """Returns the time at which `tick` has something to do, None after the end."""
        if self.state is State.ENDED:
            return None
        if self.welcome is None:
            return self._handshake_ends
        return min(self._last_sent + self._heartbeat, self._last_received + self._idle_timeout)

    def tick(self, now: float) -> None:
        """Sends a heartbeat or ends a silent connection when it is time."""
        if self.state is State.ENDED:
            return
        if self.welcome is None:
            if now >= self._handshake_ends:
                self._fail(ErrorCode.HANDSHAKE_TIMEOUT, "the server did not answer HELLO in time")
        elif now >= self._last_received + self._idle_timeout:
            self._fail(ErrorCode.PEER_SILENT, "the server sent nothing within the idle timeout")
        elif now >= self._last_sent + self._heartbeat:
            self._outgoing.append(frames.encode_frame(FrameType.HEARTBEAT, bytes(4)))
            self._last_sent = now

    @property
    def _heartbeat(self) -> float:
        # The protocol does not forbid 0, which would send heartbeats without a pause.
        return max(self.welcome.limits.heartbeat_ms, 100) / 1_000 if self.welcome else 0

    @property
    def _idle_timeout(self) -> float:
        return max(self.welcome.limits.idle_timeout_ms, 100) / 1_000 if self.welcome else 0

    # Receiving

    def receive(self, data: bytes, now: float) -> None:
        """Appends bytes of the server. `events` looks at them."""
        if self.state is not State.ENDED:
            self._last_received = now
            self._reader.feed(data)

    def events(self) -> Iterator[ConnectionEvent]:
        """Returns the events of the received bytes. A frame is looked at after the events before it were taken."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self.state is State.ENDED:
                return
            try:
                frame = self._next_frame()
                if frame is None:
                    return
                self._take(frame)
            except ProtocolViolation as violation:
                self._fail(violation.code, violation.message)

    def _next_frame(self) -> Frame | None:
        if not self._greeted_back:
            start = self._reader.starts_with_any_of(PREFACE)
            if start[:7] != PREFACE[: min(len(start), 7)]:
                raise ProtocolViolation(ErrorCode.NOT_SLUICE, "the peer does not speak Sluice; check the address")
            if len(start) < len(PREFACE):
                return None
            if start != PREFACE:
                raise ProtocolViolation(ErrorCode.UNSUPPORTED_VERSION, f"the server speaks major version {start[7]}")
            self._reader.take(len(PREFACE))
            self._greeted_back = True
        return self._reader.next_frame()

    def _take(self, frame: Frame) -> None:
        if frame.type not in _TAKEN[self.state]:
            raise ProtocolViolation(ErrorCode.UNEXPECTED_FRAME, f"{frame.type.name} in state {self.state.value}")
        if frame.type is FrameType.ACK:
            self._take_ack(frame)
        elif frame.type is FrameType.WINDOW:
            self._take_credit(*messages.decode_window(frame.body))
        elif frame.type is FrameType.HEARTBEAT:
            self._events.append(StoreReport(messages.decode_heartbeat(frame.body)))
        elif frame.type is FrameType.ERROR:
            self._take_error(frame)
        elif frame.type is FrameType.GOAWAY:
            self._events.append(ServerLeaving(frame.sequence, *messages.decode_goaway(frame.body)))
            self.state = State.LEAVING
        elif frame.type is FrameType.CHALLENGE:
            self._take_challenge(frame)
        else:
            self._take_welcome(frame)

    def _take_challenge(self, frame: Frame) -> None:
        nonce_and_hint = messages.decode_challenge(frame.body)
        key = self.greeting.key
        if key is None:
            hint = f" (its hint: {nonce_and_hint[1]!r})" if nonce_and_hint[1] else ""
            raise ProtocolViolation(ErrorCode.AUTHENTICATION_FAILED, f"the server asks for a key{hint}; set `key`")
        if not self.greeting.may_authenticate:
            raise ProtocolViolation(
                ErrorCode.AUTHENTICATION_FAILED, "a key is not proven without TLS to another machine; set `tls`")
        self._transcript = authentication.Transcript(self._hello, frame.whole, self.greeting.channel_binding)
        nonce = self.greeting.nonce
        assert len(nonce) == authentication.PROOF_BYTES
        unproven = frames.encode_frame(
            FrameType.AUTH, messages.encode_auth(key.id, nonce, bytes(authentication.PROOF_BYTES)))
        proof = authentication.client_proof(key.secret, self._transcript.client_message(unproven))
        self._outgoing.append(frames.encode_frame(FrameType.AUTH, messages.encode_auth(key.id, nonce, proof)))
        self.state = State.AUTHENTICATING

    def _take_welcome(self, frame: Frame) -> None:
        key = self.greeting.key
        proven = self.state is State.AUTHENTICATING
        welcome = messages.decode_welcome(frame.body, proof_expected=proven)
        if key is not None:
            right = (proven and self._transcript is not None and welcome.proof is not None
                     and authentication.is_server_proof(
                         welcome.proof, key.secret, self._transcript.server_message(frame.whole)))
            if not right:
                raise ProtocolViolation(ErrorCode.AUTHENTICATION_FAILED, "the server did not prove the key")
        if welcome.version != messages.PROTOCOL_VERSION:
            raise ProtocolViolation(ErrorCode.UNSUPPORTED_VERSION, f"the server chose version {welcome.version}")
        if welcome.features & ~self.greeting.features:
            raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, "WELCOME has a feature that was not offered")
        self.welcome = welcome
        self._credit = (welcome.credit_batches, welcome.credit_bytes)
        self._reader.body_limit = welcome.limits.body_bytes
        self._reader.publish_limit = welcome.limits.body_bytes + frames.FIXED_PUBLISH_BYTES
        self.state = State.OPEN
        self._events.append(Welcomed(welcome))

    def _take_ack(self, frame: Frame) -> None:
        ack = messages.decode_ack(frame.body, frame.sequence)
        if ack.settled_through < self._settled_through:
            raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, "`settled through` of ACK fell")
        self._settled_through = ack.settled_through
        if ack.entries is None:
            self._take_accepted(frame.sequence)
        else:
            for sequence, counts in ack.entries:
                if self._open.pop(sequence, None) is not None:
                    self._events.append(Committed(sequence, counts))
            self._forget_answered()
        self._events.append(QueueReport(ack.settled_through, ack.queue_batches, ack.queue_bytes))

    def _take_accepted(self, sequence: int) -> None:
        last = self._open.get(sequence)
        if last is None or last.accepted:
            return
        while True:
            sent = self._in_order.popleft()
            if self._open.get(sent.sequence) is sent:
                sent.accepted = True
                self._events.append(Accepted(sent.sequence))
            if sent is last:
                return

    def _forget_answered(self) -> None:
        while self._in_order and self._open.get(self._in_order[0].sequence) is not self._in_order[0]:
            self._in_order.popleft()

    def _take_credit(self, batches: int, size: int) -> None:
        if batches < self._credit[0] or size < self._credit[1]:
            raise ProtocolViolation(ErrorCode.MALFORMED_FRAME, "credit fell")
        self._credit = (batches, size)
        self._events.append(CreditGranted(batches, size))

    def _take_error(self, frame: Frame) -> None:
        error = messages.decode_error(frame.body, frame.sequence)
        if not error.of_batch:
            self._end(Failed(error.code, error.retry, error.delay_ms, error.message, local=False))
        elif self._open.pop(frame.sequence, None) is not None:
            self._events.append(Refused(frame.sequence, error.code, error.retry, error.delay_ms, error.message))
            self._forget_answered()

    def _fail(self, code: ErrorCode, message: str) -> None:
        if self._greeted_back:
            self._outgoing.append(frames.encode_frame(FrameType.ERROR, messages.encode_error(code, message)))
        self._end(Failed(code, code.retry, 0, message, local=True))

    def _end(self, failure: Failed) -> None:
        self.state = State.ENDED
        self._events.append(failure)
