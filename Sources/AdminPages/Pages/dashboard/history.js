// The figures of this moment, computed from readings of the server's counters. They are there even while the database
// is unavailable.

import { quantile } from './exposition.js';

/** Latencies cover the last ten seconds, because one second has too few batches for percentiles. */
const latencySeconds = 10;

/** The rates between two readings and the state at the newer one. */
export class History {
  #latest = null;
  #readings = [];
  #maxima = {};

  /** The figures at the last reading, with `at` in milliseconds since 1970; unknown figures are `null`. */
  get latest() {
    return this.#latest;
  }

  /** Takes the longest times since the start from an answer of `/stats`. No percentile is above them. */
  bound({ accept, commit }) {
    this.#maxima = { accept: accept?.max, commit: commit?.max };
  }

  /** Adds a reading made at `at`. Rates use the server's clock, which network delays do not affect. */
  add(reading, at) {
    const before = this.#readings.at(-1)?.reading;
    const isRestart = before && reading.number(uptime) < before.number(uptime);
    if (isRestart) this.#readings = [];
    this.#readings.push({ reading, at });
    while (this.#readings.length > 2 && this.#readings[1].at <= at - latencySeconds * 1000) this.#readings.shift();
    this.#latest = { at, ...state(reading), ...rates(isRestart ? null : before, reading), ...this.#latencies() };
  }

  #latencies() {
    const [older, newer] = [this.#readings[0].reading, this.#readings.at(-1).reading];
    const of = (kind, fraction) => {
      const name = `sluice_${kind}_latency_seconds`;
      const seconds = quantile(fraction, older.buckets(name), newer.buckets(name));
      return seconds === null || older === newer ? null : Math.min(seconds * 1000, this.#maxima[kind] ?? Infinity);
    };
    return {
      acceptP50: of('accept', 0.5), acceptP99: of('accept', 0.99),
      commitP50: of('commit', 0.5), commitP99: of('commit', 0.99),
    };
  }
}

const uptime = 'sluice_uptime_seconds';
const committed = 'sluice_committed_events_total';

function state(reading) {
  return {
    connections: reading.number('sluice_connections'),
    queueBytes: reading.number('sluice_queue_bytes'),
    queueLimit: reading.number('sluice_queue_limit_bytes'),
    queueBatches: reading.number('sluice_queue_batches'),
    queueOldest: reading.number('sluice_queue_oldest_seconds') * 1000,
    writers: reading.number('sluice_writers'),
    busyWriters: reading.number('sluice_busy_writers'),
    retries: reading.number('sluice_group_retries_total'),
  };
}

function rates(before, now) {
  const seconds = before ? now.number(uptime) - before.number(uptime) : 0;
  // The average over a gap, such as a time when the page was hidden, is not a current rate.
  const isRecent = seconds > 0 && seconds < latencySeconds;
  const rate = (figure) => (isRecent ? (figure(now) - figure(before)) / seconds : null);
  return {
    accepted: rate((reading) => reading.number('sluice_accepted_events_total')),
    committed: rate((reading) => reading.sum(committed)),
    duplicates: rate((reading) => reading.number(`${committed}/duplicate`)),
    received: rate((reading) => reading.number('sluice_received_bytes_total')),
  };
}
