"""Compares pages of `/events` with a sort of all events."""

import bisect
import random
import time

from .processes import Failure

PAGES = 3


class Sorted:
    """All events of a table as (microseconds, event id, topic), in this order."""

    def __init__(self, events: list[tuple]):
        self.by_topic = {None: sorted(events)}
        for event in self.by_topic[None]:
            self.by_topic.setdefault(event[2], []).append(event)

    def answer(self, topic, since, until, descending: bool) -> list[tuple]:
        """Event ids and topics of the events that match, in the order of a page."""
        events = self.by_topic.get(topic, [])
        first = 0 if since is None else bisect.bisect_left(events, (since,))
        last = len(events) if until is None else bisect.bisect_left(events, (until,))
        found = events[first:last]
        return [event[1:] for event in (reversed(found) if descending else found)]


def check(events: Sorted, get, queries: int, seed: int = 1):
    """Compares the first pages of random queries. `get` takes the parameters of `/events`."""
    choice = random.Random(seed)
    topics = [topic for topic in events.by_topic if topic]
    for number in range(queries):
        topic = choice.choice([None, "rare", choice.choice(topics)])
        # Times of events, so that queries test the bounds exactly.
        bounds = sorted(choice.choice(events.by_topic[None])[0] for _ in range(2))
        since, until = (bound if choice.random() < 0.6 else None for bound in bounds)
        descending = choice.random() < 0.7
        limit = choice.choice([1, 7, 100])
        query = {"topic": topic, "since": stamp(since), "until": stamp(until), "limit": limit,
                 "order": "desc" if descending else "asc"}
        query = {key: value for key, value in query.items() if value is not None}
        expected = events.answer(topic, since, until, descending)
        for page in range(PAGES):
            answer = get(**query)
            found = [(event["event_id"], event["topic"]) for event in answer["events"]]
            follows = len(expected) > (page + 1) * limit
            if found != expected[page * limit:(page + 1) * limit] or bool(answer["next_cursor"]) != follows:
                raise Failure(f"page {page + 1} of query {number}, {query}, differs from a sort of all events")
            if not follows:
                break
            query["cursor"] = answer["next_cursor"]


def stamp(microseconds) -> str | None:
    """A time in the form that the HTTP side reads."""
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"
