// The last hour of the server, which the server itself remembers (`GET /history`): what was before the page was opened,
// too. Times are those of the server's clock.

/** The figures of an answer that are counts in an interval, and become rates. */
const counts = { received: 'accepted', unique: 'unique', duplicates: 'duplicates', dead: 'dead', refused: 'refused' };

/** The figures that are values at the end of an interval, or latencies within it. */
const values = {
  queued: 'queued', queue_age_ms: 'queueAge', connections: 'connections', writers_busy: 'busyWriters',
  store_available: 'isStoreAvailable', accept_p50_ms: 'acceptP50', accept_p99_ms: 'acceptP99',
  commit_p50_ms: 'commitP50', commit_p99_ms: 'commitP99',
};

/** Percentiles, which are upper bounds of ranges of times, by the kind of the longest time, which is exact. */
const latencies = { accept: ['acceptP50', 'acceptP99'], commit: ['commitP50', 'commitP99'] };

/**
 * Returns the samples of one series, oldest first: `at` (milliseconds since 1970), `interval` (milliseconds), and
 * the figures; rates are per second, unknown figures are null. `maxima` has the longest times in milliseconds.
 */
export function samplesOf({ interval_seconds: seconds, until, figures }, maxima = {}) {
  const end = new Date(until).getTime();
  const length = Math.max(0, ...Object.values(figures).map((list) => list.length));
  return Array.from({ length }, (_, index) => {
    const sample = { at: end - (length - 1 - index) * seconds * 1000, interval: seconds * 1000 };
    for (const [name, figure] of Object.entries(counts)) {
      const number = figures[name]?.[index] ?? null;
      sample[figure] = number === null ? null : number / seconds;
    }
    for (const [name, figure] of Object.entries(values)) sample[figure] = figures[name]?.[index] ?? null;
    const parts = [sample.unique, sample.duplicates, sample.dead];
    sample.committed = parts.includes(null) ? null : parts.reduce((sum, part) => sum + part);
    for (const [kind, names] of Object.entries(latencies)) {
      for (const name of names) if (sample[name] > maxima[kind]) sample[name] = maxima[kind];
    }
    return sample;
  });
}

/** Returns older and newer samples of one series; a time that both have is that of the newer ones. */
function joined(older, newer, span) {
  if (newer.length === 0) return older;
  const first = newer[0].at - newer[0].interval / 2;
  const all = [...older.filter(({ at }) => at < first), ...newer];
  return all.filter(({ at }) => at > all.at(-1).at - span);
}

/** Milliseconds that the server remembers. */
const hour = 3_600_000;

/** The samples of all answers. */
export class Timeline {
  #series = new Map();
  /** The longest times since the start of the server in milliseconds, by `accept` and `commit`. */
  maxima = {};

  /** Adds an answer. */
  add({ series }) {
    for (const each of series) {
      const known = this.#series.get(each.interval_seconds) ?? [];
      this.#series.set(each.interval_seconds, joined(known, samplesOf(each, this.maxima), hour));
    }
  }

  /** The time of the newest sample; null without one. */
  get until() {
    return this.samples.at(-1)?.at ?? null;
  }

  /** All samples, oldest first: the finest that there are for each time. */
  get samples() {
    return [...this.#series].toSorted(([one], [other]) => one - other).map(([, samples]) => samples)
      .reduce((finer, coarser) => {
        const begin = finer.length > 0 ? finer[0].at - finer[0].interval : Infinity;
        return [...coarser.filter(({ at }) => at <= begin), ...finer];
      }, []);
  }

  /** Returns the samples of the last `span` milliseconds. */
  last(span) {
    const { samples } = this;
    return samples.filter(({ at }) => at > samples.at(-1).at - span);
  }
}

/** Returns the times without the store, `{from, to, isOver}` in milliseconds since 1970. */
export function outagesOf(samples) {
  const found = [];
  let current = null;
  for (const { at, interval, isStoreAvailable } of samples) {
    if (isStoreAvailable === false) {
      current ??= found[found.push({ from: at - interval, to: at, isOver: false }) - 1];
      current.to = at;
    } else if (isStoreAvailable === true && current) {
      current.isOver = true;
      current = null;
    }
  }
  return found;
}
