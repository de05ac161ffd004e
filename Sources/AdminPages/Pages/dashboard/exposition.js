// Reads the text exposition format of Prometheus, as far as `/metrics` uses it (spec/metrics.md). `/metrics` answers
// also while the database is away, which is when the queue is worth looking at.

const line = /^([a-z_]+)(?:\{([a-z]+)="((?:[^"\\]|\\.)*)"\})? (\S+)$/;

/** One reading of all metrics. */
export class Reading {
  #numbers = new Map();
  #buckets = new Map();

  constructor(text) {
    for (const sample of text.split('\n')) {
      const match = line.exec(sample);
      if (!match) continue;
      const [, name, label, value, number] = match;
      if (label === 'le') this.#addBucket(name, value, Number(number));
      else this.#numbers.set(label ? `${name}/${value}` : name, Number(number));
    }
  }

  #addBucket(name, bound, count) {
    const histogram = name.replace(/_bucket$/, '');
    if (!this.#buckets.has(histogram)) this.#buckets.set(histogram, []);
    this.#buckets.get(histogram).push({ bound: bound === '+Inf' ? Infinity : Number(bound), count });
  }

  /** The value of `name`, or of `name/label value`; null when it is absent. */
  number(name) {
    return this.#numbers.get(name) ?? null;
  }

  /** The sum over all values of the label of `name`; null when none is there. */
  sum(name) {
    const parts = [...this.#numbers].filter(([key]) => key === name || key.startsWith(`${name}/`));
    return parts.length > 0 ? parts.reduce((sum, [, number]) => sum + number, 0) : null;
  }

  /** The buckets of a histogram, `{bound, count}`, each with all that took less, ascending. */
  buckets(name) {
    return this.#buckets.get(name) ?? [];
  }
}

/**
 * What `fraction` of the durations between two readings of a histogram did not exceed, in the histogram's unit;
 * null when there was none. Inside a bucket durations are taken to be spread evenly.
 */
export function quantile(fraction, older, newer) {
  const counts = newer.map(({ bound, count }, index) => ({ bound, count: count - (older[index]?.count ?? 0) }));
  const total = counts.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  const rank = fraction * total;
  let lower = { bound: 0, count: 0 };
  for (const upper of counts) {
    if (upper.count >= rank && upper.count > lower.count) {
      if (upper.bound === Infinity) return lower.bound;
      return lower.bound + (upper.bound - lower.bound) * ((rank - lower.count) / (upper.count - lower.count));
    }
    lower = upper;
  }
  return lower.bound;
}
