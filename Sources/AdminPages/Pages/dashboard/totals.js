// The sums of `/stats`: received = stored + duplicates + dead, and the latencies since the server started.

import { find, say } from './dom.js';
import { count, milliseconds, share } from './format.js';

const places = [...document.querySelectorAll('[data-total]')];
const conflicts = find('[data-total=conflicts]');
const rows = [...document.querySelectorAll('[data-latency]')];
const version = find('#version');
const inputs = find('#inputs-note');

/** Shows an answer of `/stats`. */
export function showTotals(stats) {
  const isUncounted = stats.conflicts === null && stats.received !== null;
  for (const place of places) {
    const value = stats[place.dataset.total];
    const isShare = place.dataset.total === 'duplicate_rate';
    if (place === conflicts && isUncounted) continue;
    say(place, isShare ? (stats.received > 0 ? share(value) : '') : count(value));
  }
  showConflicts(isUncounted);
  for (const row of rows) {
    const figures = stats.latency_ms[row.dataset.latency];
    // A percentile is the upper bound of a range of times, and the longest time is exact.
    const bounded = (name) => figures && Math.min(figures[name], figures.max);
    const texts = ['p50', 'p95', 'p99', 'max'].map((name) => milliseconds(bounded(name)));
    [...row.querySelectorAll('td')].forEach((cell, index) => say(cell, texts[index]));
  }
  // The counts of a key that may not read all topics are null.
  const used = Object.entries(stats.inputs).filter(([, counts]) => counts?.events > 0);
  say(inputs, used.map(([name, counts]) => `${name} ${count(counts.events)}`).join(' · '));
  say(version, `${stats.version}${stats.phase === 'serving' ? '' : `, ${stats.phase}`}`);
}

/** Says that conflicts are not counted while their detection is off. A key for some topics gets no counts at all. */
function showConflicts(isUncounted) {
  conflicts.classList.toggle('uncounted', isUncounted);
  conflicts.title = isUncounted ? 'Duplicates with another payload are looked for when conflicts.detect is on.' : '';
  if (isUncounted) say(conflicts, 'not counted');
}
