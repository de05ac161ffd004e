"""Runs contenders in turn and computes ratios within each round, because a disturbance of the machine affects both
programs of a round."""

import statistics
import sys
import time


def spread(values: list[float]) -> dict:
    """Median, extremes and the values themselves."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": values}


def compare(title: str, contenders: dict, reference: str, rounds: int, figure: str = "rate",
            inverse: bool = False) -> list[dict]:
    """Runs every contender once a round. Each round starts with another contender.

    Each row has the spread of every figure of the samples, and the spread of a ratio within the same round: `figure`
    of the contender to `figure` of the reference, or the inverse.
    """
    names = list(contenders)
    samples = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            start = time.monotonic()
            sample = contenders[name]()
            samples[name].append(sample)
            say(f"  round {number + 1}: {name}: {shown(sample[figure])} ({time.monotonic() - start:.1f} s)")
    return [_row(title, name, samples, reference, figure, inverse) for name in names]


def quotient(row: dict, key: str, other: dict, other_key: str) -> dict:
    """The spread of the quotient of two figures of the same rounds."""
    return spread([own / base for own, base in zip(row[key]["rounds"], other[other_key]["rounds"])])


def _row(title: str, name: str, samples: dict, reference: str, figure: str, inverse: bool) -> dict:
    row = {"case": title, "name": name, "reference": reference, "figure": figure}
    for key in samples[name][0]:
        values = [sample[key] for sample in samples[name]]
        row[key] = spread(values) if all(isinstance(value, (int, float)) for value in values) else values
    pairs = zip(samples[name], samples[reference])
    row["ratio"] = spread([
        base[figure] / own[figure] if inverse else own[figure] / base[figure] for own, base in pairs])
    return row


def say(text: str):
    """Prints progress."""
    print(text, file=sys.stderr, flush=True)


def shown(value: float) -> str:
    """A number with three significant digits, or with all digits before the point, and with separators."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
