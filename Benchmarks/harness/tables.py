"""Results as tables: for the screen, and as Markdown."""

from .comparison import shown
from .figures import FIGURES

# Columns besides name and ratio, in this order, if a row has them: key, title.
COLUMNS = [
    ("rate", "events/s"), ("core_rate", "events/s and core"),
    ("handshakes", "handshakes/s"), ("core_handshakes", "handshakes/s and core"), ("nanoseconds", "ns an event"),
    ("allocations", "allocations an event"), ("p50_ms", "p50 ms"), ("p95_ms", "p95 ms"), ("max_ms", "max ms"),
    ("accepted_p50_ms", "accepted p50 ms"), ("accepted_p99_ms", "p99 ms"), ("committed_p50_ms", "committed p50 ms"),
    ("committed_p99_ms", "p99 ms"), ("tail_ratio", "p99 / p50"), ("sluiced_us", "sluiced µs"), ("postgres_us", "Postgres µs"),
    ("inverse_ratio", "sluiced is times as fast"), ("floor_ratio", "times the floor"),
    ("publisher_us", "publisher µs"), ("wait_p50_us", "wait p50 µs"),
    ("wait_p99_us", "p99 µs"), ("wait_p999_us", "p99.9 µs"), ("lost", "lost lines"),
    ("slow_processes", "processes, slow groups"), ("all_processes", "all groups"), ("memory_mib", "MiB"), ("idle_mib", "MiB idle"), ("kib_each", "KiB each"),
]


def table(rows: list[dict]) -> list[list[str]]:
    """Rows of cells, the titles first: medians, and ratios with their extremes."""
    columns = [(key, title) for key, title in COLUMNS if any(key in row for row in rows)]
    lines = [["case", "who", *(title for _, title in columns), "ratio (lowest to highest)"]]
    last = None
    for row in rows:
        case = row["case"] if row["case"] != last else ""
        last = row["case"]
        lines.append([case, row["name"], *(_cell(row.get(key)) for key, _ in columns), ratio(row.get("ratio"))])
    return lines


def figures(results: dict, earlier: dict[str, str] | None = None) -> list[list[str]]:
    """The closing table. `earlier` has the texts of figures that `results` may lack, by their names."""
    lines = [["figure", "measured (lowest to highest)", "bar", "aim", ""]]
    for figure in FIGURES:
        spread = figure.value(results)
        bound = "at most" if figure.is_cost else "at least"
        unit = f" {figure.unit}" if figure.unit else ""
        limits = [f"{bound} {limit:g}{unit}" for limit in (figure.bar, figure.aim)]
        if spread is None and figure.what in (earlier or {}):
            text = earlier[figure.what]
            lines.append([figure.what, text, *limits, figure.limit_met(float(text.split()[0]))])
        elif spread is None:
            lines.append([figure.what, "not measured", *limits, ""])
        else:
            lines.append([figure.what, ratio(spread) + unit, *limits, figure.limit_met(spread["median"])])
    return lines


def ratio(spread: dict | None) -> str:
    if spread is None:
        return ""
    values = [f"{spread[key]:.3g}" if spread[key] < 100 else f"{spread[key]:.0f}" for key in ("median", "min", "max")]
    return f"{values[0]} ({values[1]} to {values[2]})"


def screen(lines: list[list[str]]) -> str:
    """A table for the screen, with numbers aligned to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]

    def padded(text: str, place: int) -> str:
        return text.ljust(widths[place]) if place < 2 else text.rjust(widths[place])
    return "\n".join("  ".join(padded(text, place) for place, text in enumerate(line)).rstrip() for line in lines)


def markdown(lines: list[list[str]]) -> str:
    titles, *rest = lines
    rule = ["---"] + ["---:" if place > 1 else "---" for place in range(1, len(titles))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [titles, rule, *rest])


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return str(value[-1])
    return shown(value["median"] if isinstance(value, dict) else value)
