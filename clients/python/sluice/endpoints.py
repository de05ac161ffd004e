"""Which endpoint is tried next, and when (wire protocol, section 11)."""

from __future__ import annotations

from typing import Callable, Sequence

from .settings import Endpoint

# The doubling begins anew when a connection has stayed open for this number of seconds (section 11).
_STABLE_AFTER = 10.0


class _Standing:
    __slots__ = ("endpoint", "failures", "not_before")

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.failures = 0
        self.not_before = 0.0


class EndpointSelector:
    """Chooses among endpoints: in turn, each after its own pause. The pauses double, with jitter."""

    def __init__(
        self, endpoints: Sequence[Endpoint], first_pause: float, longest_pause: float, random: Callable[[], float]
    ) -> None:
        if not endpoints:
            raise ValueError("cannot connect: no endpoint was given; give at least one HOST:PORT")
        self._standings = [_Standing(endpoint) for endpoint in endpoints]
        self._next = 0
        self._first, self._longest, self._random = first_pause, longest_pause, random

    def choose(self, now: float) -> Endpoint | None:
        """Returns the endpoint to try now, or None while every endpoint pauses."""
        count = len(self._standings)
        for offset in range(count):
            standing = self._standings[(self._next + offset) % count]
            if standing.not_before <= now:
                self._next = (self._next + offset) % count
                return standing.endpoint
        return None

    def ready_at(self) -> float:
        """Returns the time at which the first pause ends."""
        return min(standing.not_before for standing in self._standings)

    def failed(self, endpoint: Endpoint, now: float, open_for: float = 0.0, delay: float = 0.0) -> None:
        """Begins the pause of an endpoint whose connection ended after `open_for` seconds in state open.

        The pause is at least `delay` seconds. Another endpoint comes next.
        """
        for index, standing in enumerate(self._standings):
            if standing.endpoint == endpoint:
                if open_for >= _STABLE_AFTER:
                    standing.failures = 0
                # The exponent is bounded, because a float has a largest power of two.
                whole = min(self._first * 2 ** min(standing.failures, 30), self._longest)
                pause = whole / 2 + whole / 2 * self._random()
                standing.failures += 1
                standing.not_before = now + max(pause, delay)
                self._next = (index + 1) % len(self._standings)
                return
