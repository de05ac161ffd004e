"""A plot of latency distributions as SVG: percentiles from left to right on a logarithmic scale, times upwards."""

import math

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 28, 48
NINES = (("0 %", 0.0), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("99.99 %", 0.9999))
COLOURS = ("#1b7837", "#2166ac", "#b2182b")


def read_distribution(path: str) -> list[tuple[float, float]]:
    """Pairs of percentile (0 to 1) and milliseconds, from a file that HdrHistogram wrote."""
    points = []
    with open(path) as file:
        for line in file:
            cells = line.split()
            if len(cells) >= 3 and cells[0][0].isdigit():
                points.append((float(cells[1]), float(cells[0])))
    return points


def plot(curves: list[tuple[str, int, bool, list[tuple[float, float]]]]) -> str:
    """Draws curves. A curve has a name, the number of a colour, whether it is dashed, and its points."""
    times = [time for *_, points in curves for _, time in points if time > 0]
    low = 10 ** math.floor(math.log10(min(times)))
    high = 10 ** math.ceil(math.log10(max(times)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="16">milliseconds, from when a batch was meant to be sent</text>']
    parts += _grid(low, high)
    for place, (name, colour, dashed, points) in enumerate(curves):
        parts.append(_curve(points, low, high, COLOURS[colour % len(COLOURS)], dashed))
        parts.append(_legend(place, name, COLOURS[colour % len(COLOURS)], dashed))
    return "\n".join([*parts, "</svg>", ""])


def _x(percentile: float) -> float:
    nines = min(-math.log10(max(1 - percentile, 1e-9)), 4)
    return LEFT + (WIDTH - LEFT - RIGHT) * nines / 4


def _y(time: float, low: float, high: float) -> float:
    share = (math.log10(max(time, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _grid(low: float, high: float) -> list[str]:
    parts = []
    for name, percentile in NINES:
        x = _x(percentile)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{name}</text>')
    time = low
    while time <= high * 1.001:
        y = _y(time, low, high)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{time:g}</text>')
        time *= 10
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 10}">percentile of batches</text>')
    return parts


def _curve(points: list[tuple[float, float]], low: float, high: float, colour: str, dashed: bool) -> str:
    path = "L".join(f"{_x(percentile):.1f} {_y(time, low, high):.1f}" for percentile, time in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>'


def _legend(place: int, name: str, colour: str, dashed: bool) -> str:
    x, y = WIDTH - RIGHT + 12, TOP + 10 + 20 * place
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (f'<path d="M{x} {y}h22" stroke="{colour}" stroke-width="1.8"{dash}/>'
            f'<text x="{x + 28}" y="{y + 4}">{name}</text>')
