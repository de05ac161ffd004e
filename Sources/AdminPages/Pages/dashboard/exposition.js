// Reads the part of Prometheus' text exposition format that `/metrics` uses (spec/metrics.md). `/metrics` answers
// even while the database is unavailable, when the queue matters most.

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

  /** Returns the value of `name`, or of `name/label value`; null when it is absent. */
  number(name) {
    return this.#numbers.get(name) ?? null;
  }

  /** Returns the sum over all label values of `name`; null when there are none. */
  sum(name) {
    const parts = [...this.#numbers].filter(([key]) => key === name || key.startsWith(`${name}/`));
    return parts.length > 0 ? parts.reduce((sum, [, number]) => sum + number, 0) : null;
  }

  /** Returns the cumulative buckets of a histogram, `{bound, count}`, ascending. */
  buckets(name) {
    return this.#buckets.get(name) ?? [];
  }
}

/**
 * Returns the duration that `fraction` of those between two readings did not exceed, in the histogram's unit;
 * null when there were none. Durations are assumed to be spread evenly within a bucket.
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
