#!/usr/bin/env python3
"""Writes dialogues.json: what a client sends and tells over several connections (../client-behaviour.md).

It is written from the two pages alone, as make_vectors.py is, whose frames it uses. Run it in this directory after a
change of the text.
"""

from make_vectors import PREFACE, SERVER, ack, error, goaway, hexes, welcome, write

STALE, SUPERSEDED, STORE_UNAVAILABLE, STORE_CHANGED, TOO_LARGE, REUSED = 19, 17, 15, 21, 101, 103
NEVER, NEW_CONNECTION, DELAY = 0, 1, 2
FIRST_PAUSE, SECOND_PAUSE, THIRD_PAUSE = "connect after 50-100 ms", "connect after 100-200 ms", "connect after 200-400 ms"


def commit(sequence, flags=0, through=0):
    return ack(2, [(sequence, 1, 1, 0, 0, flags)], through)


def step(does, sends=(), tells=(), then=None, hears=None):
    shown = {"does": does}
    if hears is not None:
        shown["hears"] = hexes(hears)
    if sends:
        shown["sends"] = list(sends)
    if tells:
        shown["tells"] = list(tells)
    if then is not None:
        shown["then"] = then
    return shown


def publish(number, sequence=None, base=None):
    """The user publishes the batch with the event `id-number`; it is sent at once when a connection is open."""
    sends = () if sequence is None else (sent(sequence, base, number),)
    return step(f"publishes id-{number}", sends)


def sent(sequence, base, number=None):
    return f"publish {sequence} base {base}: id-{number or sequence}"


def connects(connection, base=1, identity=1):
    return step(f"connects {connection}", ["preface", f"hello {identity} base {base}"])


def hears(connection, data, sends=(), tells=(), then=None):
    return step(f"hears {connection}", sends, tells, then, data)


def opens(connection, sends=(), tells=(), base=1, identity=1, **fields):
    fields = {"bitmap": b"", "bits": 0, "session": connection, "features": 0, **fields}
    return connects(connection, base, identity), hears(connection, PREFACE + welcome(**fields), sends, tells)


def cut(connection, then=FIRST_PAUSE):
    return step(f"is cut {connection}", then=then)


def dialogue(name, section, *steps):
    flat = []
    for one in steps:
        flat += one if isinstance(one, tuple) else [one]
    return {"name": name, "section": section, "steps": flat}


def answers():
    yield dialogue(
        "an ACK that is lost", "2", publish(1), publish(2), opens(1, [sent(1, 1), sent(2, 1)]), hears(1, ack(1, sequence=2)), cut(1),
        opens(2, [sent(2, 2)], ["committed 1: unknown"], bitmap=b"\x01", bits=1), hears(2, commit(2), tells=["committed 2: 1 0 0"]))
    yield dialogue(
        "a WELCOME that is lost: everything is sent again", "2", publish(1), opens(1, [sent(1, 1)]), cut(1), connects(2), cut(2, SECOND_PAUSE),
        opens(3, [sent(1, 1)], bitmap=b"\x01", bits=1), hears(3, commit(1, flags=1), tells=["committed 1: 1 0 0 replay"]))
    yield dialogue(
        "accepted is not committed: the batch is sent again", "4", publish(1), opens(1, [sent(1, 1)]), hears(1, ack(1, sequence=1)), cut(1),
        opens(2, [sent(1, 1)]), hears(2, commit(1), tells=["committed 1: 1 0 0"]))
    yield dialogue(
        "a refusal for good", "5", publish(1), publish(2), opens(1, [sent(1, 1), sent(2, 1)]),
        hears(1, error(TOO_LARGE, 2, NEVER, sequence=1), tells=["refused 1: BATCH_TOO_LARGE"]), publish(3, 3, 2))
    yield dialogue(
        "a refusal for the time being", "5", publish(1), opens(1, [sent(1, 1)]), hears(1, error(4711, 2, DELAY, 500, sequence=1)),
        publish(2, 2, 1), step("waits 499 ms"), step("waits 1 ms", [sent(1, 1)]))
    yield dialogue(
        "a refusal until the next connection", "5", publish(1), opens(1, [sent(1, 1)]),
        hears(1, error(4712, 2, NEW_CONNECTION, sequence=1), then=FIRST_PAUSE), opens(2, [sent(1, 1)]))


def ends():
    yield dialogue(
        "a GOAWAY: the client moves, and still hears what was taken", "2", publish(1), opens(1, [sent(1, 1)]),
        hears(1, goaway(20_000, b"restart", 1), then=FIRST_PAUSE), publish(2), connects(2),
        hears(1, commit(1), tells=["committed 1: 1 0 0"]),
        hears(2, PREFACE + welcome(b"\x01", 1, session=2, features=0), [sent(2, 2)]), hears(1, error(SUPERSEDED)), publish(3, 3, 2))
    yield dialogue(
        "SUPERSEDED: the client gives up", "3", publish(1), opens(1, [sent(1, 1)]), hears(1, error(SUPERSEDED), then="give up"))
    yield dialogue(
        "SUPERSEDED once after a HELLO without an answer", "3", publish(1), opens(1, [sent(1, 1)]), cut(1), connects(2), cut(2, SECOND_PAUSE),
        opens(3, [sent(1, 1)]), hears(3, error(SUPERSEDED), then=THIRD_PAUSE), opens(4, [sent(1, 1)]),
        hears(4, error(SUPERSEDED), then="give up"))
    yield dialogue(
        "PRODUCER_STALE: a new identity", "3", publish(1), publish(2), connects(1), hears(1, PREFACE + error(STALE), then="new identity, connect after 50-100 ms"),
        opens(2, [sent(1, 1), sent(2, 1)], identity=2, session=1), hears(2, commit(1), tells=["committed 1: 1 0 0"]))
    yield dialogue(
        "SEQUENCE_REUSED: a new identity, and new sequences in the old order", "3", publish(1), publish(2), publish(3), opens(1, [sent(n, 1) for n in (1, 2, 3)]),
        hears(1, commit(1), tells=["committed 1: 1 0 0"]), hears(1, error(REUSED, 2, NEVER, sequence=2), then="new identity, connect after 50-100 ms"),
        opens(2, [sent(1, 1, 2), sent(2, 1, 3)], identity=2, session=1))
    yield dialogue(
        "an identity that is not the client's: the client gives up", "3", publish(1), connects(1), hears(1, PREFACE + error(18), then="give up"))
    yield dialogue(
        "a refused key: the client gives up", "3", publish(1), connects(1), hears(1, PREFACE + error(20), then="give up"))


def histories():
    committed = [publish(1), *opens(1, [sent(1, 1)]), hears(1, commit(1), tells=["committed 1: 1 0 0"]), publish(2, 2, 2)]
    yield dialogue(
        "another database: lineage loss, and what is not settled is sent again", "2", *committed, hears(1, error(STORE_CHANGED, 1, NEW_CONNECTION), then=FIRST_PAUSE),
        opens(2, [sent(2, 2)], ["lineage loss"], base=2, store=SERVER, session=1))
    yield dialogue(
        "the same database in an earlier state: lineage loss", "2", *committed, cut(1), opens(2, [sent(2, 2)], ["lineage loss"], base=2, highest=0))
    yield dialogue(
        "a session that did not rise: lineage loss", "2", *committed, cut(1), opens(2, [sent(2, 2)], ["lineage loss"], base=2, session=1, highest=1))
    yield dialogue(
        "no loss before the first commit", "2", publish(1), opens(1, [sent(1, 1)]), cut(1), opens(2, [sent(1, 1)], store=SERVER, session=1))
    yield dialogue(
        "a loss is told once", "2", *committed, cut(1), opens(2, [sent(2, 2)], ["lineage loss"], base=2, timeline=2, session=1), cut(2, SECOND_PAUSE),
        opens(3, [sent(2, 2)], base=2, timeline=2, session=2))


def pauses():
    yield dialogue(
        "pauses that double", "2", step("fails to connect", then=FIRST_PAUSE), step("fails to connect", then=SECOND_PAUSE),
        step("fails to connect", then=THIRD_PAUSE), connects(1), cut(1, "connect after 400-800 ms"))
    yield dialogue(
        "a delay that the server asks for", "2", connects(1), hears(1, PREFACE + error(STORE_UNAVAILABLE, 1, DELAY, 5_000), then="connect after 5000-5000 ms"),
        connects(2), cut(2, SECOND_PAUSE))
    yield dialogue(
        "a WELCOME alone does not make the pauses short again", "2", step("fails to connect", then=FIRST_PAUSE), opens(1), cut(1, SECOND_PAUSE))


def dialogues():
    for part in (answers, ends, histories, pauses):
        yield from part()


if __name__ == "__main__":
    write("dialogues", [
        "A client with one endpoint, over its connections, in steps. It has no spool and no key, and no batch has a time to live.",
        "`does`: publishes ID (the user publishes a batch of one event with this id); connects N (TCP connection N is open); hears N (the bytes `hears` arrive on connection N); is cut N (connection N ends without a frame); fails to connect; waits N ms.",
        "`sends`: what the client sends at this step, on the connection of the step or on the open one: preface; hello I base B (I counts the client's identities from 1); publish S base B: ID. HEARTBEAT and GOAWAY are not listed.",
        "`tells`: what the user is told: committed S: UNIQUE DUPLICATE DEAD, with replay; committed S: unknown; refused S: CODE; lineage loss.",
        "`then`: connect after A-B ms (the pause is drawn from this range); new identity, connect after A-B ms; give up. Without `then` the client goes on.",
        "A client may send a batch again that a WELCOME lists, to learn its counts. The vectors are for a client that does not: it tells `committed S: unknown`.",
    ], dialogues())
