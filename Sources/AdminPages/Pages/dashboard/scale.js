// The positions of times and numbers in a chart.

/** Returns the step between the lines of a grid of at most `most` lines: 1, 2 or 5 times a power of ten. */
export function step(top, most) {
  const power = 10 ** Math.floor(Math.log10(top / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => top / size <= most);
}

/** The axes of a drawing. */
export class Scale {
  #layout;
  #top;

  /** The numbers of the grid lines. */
  ticks;
  /** The right end of the plot. */
  right;

  constructor(layout, samples) {
    this.#layout = layout;
    this.right = layout.width - layout.margin.right;
    const most = samples.reduce((top, sample) =>
      layout.figures.reduce((higher, figure) => Math.max(higher, sample[figure] ?? 0), top), layout.least);
    const size = layout.step(most, 4);
    this.#top = Math.ceil(most / size - 1e-9) * size;
    this.ticks = Array.from({ length: Math.round(this.#top / size) + 1 }, (_, index) => index * size);
  }

  /** Returns the position of a time in milliseconds since 1970. */
  x(at) {
    const { margin, now, span } = this.#layout;
    return tenth(this.right - (now - at) / span * (this.right - margin.left));
  }

  /** Returns the position of a number. */
  y(value) {
    const { height, margin } = this.#layout;
    const bottom = height - margin.bottom;
    return tenth(bottom - value / this.#top * (bottom - margin.top));
  }

  /** The bottom of the plot. */
  get floor() {
    return this.y(0);
  }
}

function tenth(number) {
  return Math.round(number * 10) / 10;
}

/** Milliseconds between two samples above which the line is interrupted, because the time between is unknown. */
const gapAfter = (interval) => Math.max(10_000, 2.5 * interval);

/** `isSparse`: an interval without a value is usual, and interrupts the line only when there are many of them. */
function stretches(samples, figure, scale, isSparse) {
  const found = [];
  let previous = null;
  for (const sample of samples) {
    if (!Number.isFinite(sample[figure])) {
      if (!isSparse) previous = null;
      continue;
    }
    if (previous === null || sample.at - previous > gapAfter(sample.interval ?? 0)) found.push([]);
    found.at(-1).push([scale.x(sample.at), scale.y(sample[figure])]);
    previous = sample.at;
  }
  return found;
}

/** A point alone is a short line, because a line without length is not drawn. */
function lineThrough(points) {
  return points.map((point) => point.join(' ')).join('L') + (points.length === 1 ? 'h0.1' : '');
}

/** Returns the line of a figure, with gaps where it is unknown. */
export function pathOf(samples, figure, scale, isSparse = false) {
  return stretches(samples, figure, scale, isSparse).map((points) => `M${lineThrough(points)}`).join('');
}

/** Returns the area below that line. */
export function areaOf(samples, figure, scale, isSparse = false) {
  return stretches(samples, figure, scale, isSparse).map((points) =>
    `M${points[0][0]} ${scale.floor}L${lineThrough(points)}L${points.at(-1)[0]} ${scale.floor}Z`).join('');
}
