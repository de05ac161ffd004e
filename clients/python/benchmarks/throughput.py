#!/usr/bin/env python3
"""Measures events per second over one connection to a running server, from the first event to the last commit.

usage: throughput.py HOST:PORT [--events N] [--duplicates SHARE] [--asyncio | --single]

Events are prepared before the clock runs, with payloads as JSON bytes. `--single` calls `publish` for each event.
"""

from __future__ import annotations

import argparse
import asyncio
import pathlib
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from sluice import AsyncProducer, Event, Producer, checksum, compression  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--duplicates", type=float, default=0.35)
    parser.add_argument("--asyncio", action="store_true")
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--no-checks", action="store_true")
    options = parser.parse_args()
    events = make_events(options.events, options.duplicates)
    used = time.process_time()
    settings = {"check_events": not options.no_checks}
    with_asyncio = options.asyncio
    seconds = (asyncio.run(publish_async(options.address, events, settings)) if with_asyncio
               else publish(options.address, events, options.single, settings))
    used = time.process_time() - used
    how = "asyncio" if with_asyncio else "blocking, single" if options.single else "blocking"
    print(f"{len(events) / seconds:,.0f} events/s: {len(events):,} in {seconds:.2f} s and {used:.2f} s of CPU, "
          f"Python {sys.version.split()[0]}, checksum {checksum.IMPLEMENTATION}, "
          f"LZ4 {'yes' if compression.AVAILABLE else 'no'}, {how}")


def make_events(count: int, duplicates: float) -> list[Event]:
    run, unique = uuid.uuid4().hex[:8], max(1, round(count * (1 - duplicates)))
    return [Event(f"measured.topic{n % 10}", f"{run}-{n % unique}", b'{"n":%d,"price":7.5,"currency":"EUR"}' % n)
            for n in range(count)]


def publish(address: str, events: list[Event], single: bool, settings: dict[str, bool]) -> float:
    with Producer(address, **settings) as producer:
        start = time.perf_counter()
        if single:
            for event in events:
                producer.publish(event.topic, event.id, event.payload)
        else:
            producer.publish_many(events)
        producer.flush()
        return time.perf_counter() - start


async def publish_async(address: str, events: list[Event], settings: dict[str, bool]) -> float:
    async with AsyncProducer(address, **settings) as producer:
        start = time.perf_counter()
        await producer.publish_many(events)
        await producer.flush()
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
