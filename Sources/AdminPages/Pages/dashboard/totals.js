// The sums of `/stats`: received = stored + duplicates + dead, and the latencies since the server started.

import { find, say } from './dom.js';
import { count, milliseconds, share } from './format.js';

const places = [...document.querySelectorAll('[data-total]')];
const rows = [...document.querySelectorAll('[data-latency]')];
const version = find('#version');
const inputs = find('#inputs-note');

/** Shows an answer of `/stats`. */
export function showTotals(stats) {
  for (const place of places) {
    const value = stats[place.dataset.total];
    const isShare = place.dataset.total === 'duplicate_rate';
    // Conflicts are not counted, so their number is unknown.
    if (value === null) place.title = 'not counted (conflicts.detect is off)';
    else place.removeAttribute('title');
    say(place, isShare ? (stats.received > 0 ? share(value) : '') : count(value));
  }
  for (const row of rows) {
    const figures = stats.latency_ms[row.dataset.latency];
    const texts = ['p50', 'p95', 'p99', 'max'].map((name) => milliseconds(figures?.[name]));
    [...row.querySelectorAll('td')].forEach((cell, index) => say(cell, texts[index]));
  }
  // The counts of a key that may not read all topics are null.
  const used = Object.entries(stats.inputs).filter(([, counts]) => counts?.events > 0);
  say(inputs, used.map(([name, counts]) => `${name} ${count(counts.events)}`).join(' · '));
  say(version, `${stats.version}${stats.phase === 'serving' ? '' : `, ${stats.phase}`}`);
}
