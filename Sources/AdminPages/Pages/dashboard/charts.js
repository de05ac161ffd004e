// The charts over the history of the server: five minutes, or an hour.

import { json, withQuery } from './api.js';
import { Chart } from './chart.js';
import { element, find } from './dom.js';
import { count, duration, milliseconds, rate, short } from './format.js';
import { outagesOf, Timeline } from './timeline.js';
import { stamp } from './times.js';

const minute = 60_000;
const spans = [...document.querySelectorAll('.spans input')];
const outages = find('#outages');
const timeline = new Timeline();

const charts = [
  new Chart(find('#rates figure'), {
    span: 5 * minute, least: 10, write: rate, tick: short,
    series: [
      { figure: 'committed', label: 'Committed', isArea: true },
      { figure: 'accepted', label: 'Accepted' },
      { figure: 'duplicates', label: 'of those, duplicates' },
    ],
  }),
  new Chart(find('#latency figure'), {
    span: 5 * minute, least: 1, write: milliseconds, tick: milliseconds, isSparse: true,
    series: [
      { figure: 'commitP50', label: 'Commit, p50', isArea: true },
      { figure: 'commitP99', label: 'Commit, p99' },
      { figure: 'acceptP99', label: 'Accept, p99' },
    ],
  }),
  new Chart(find('#depth figure'), {
    span: 5 * minute, least: 10, write: count, tick: short,
    series: [{ figure: 'queued', label: 'Events that wait', isArea: true }],
  }),
];

/** Asks for the history that this page does not have yet: the whole hour at first. */
export function loadHistory() {
  const known = timeline.until;
  const seconds = known === null ? 3600 : Math.min(3600, Math.ceil((Date.now() - shownAt) / 1000) + 15);
  return json(withQuery('history', { since: `-${seconds}s` }));
}

/** The time on the clock of the browser at which the last answer was shown. */
let shownAt = 0;

/** Shows an answer of `/history`. */
export function showHistory(answer) {
  timeline.add(answer);
  shownAt = Date.now();
  draw();
}

/** Takes the longest times since the start from an answer of `/stats`. No percentile is above them. */
export function boundLatencies(latencies) {
  timeline.maxima = Object.fromEntries(Object.entries(latencies).map(([kind, figures]) => [kind, figures?.max]));
}

function draw() {
  const span = Number(spans.find(({ checked }) => checked).value) * minute;
  const samples = timeline.last(span);
  const now = timeline.until ?? Date.now();
  const bands = outagesOf(samples);
  for (const chart of charts) chart.draw(samples, now, bands, span);
  showOutages(outagesOf(timeline.samples));
}

/** Lists the outages of the last hour in words, the latest first. */
function showOutages(found) {
  const words = found.toReversed().slice(0, 5).map(({ from, to, isOver }) => {
    const length = `for ${duration((to - from) / 1000)}`;
    return isOver
      ? `The database was unavailable from ${stamp(from)} to ${stamp(to)}, ${length}.`
      : `The database has been unavailable since ${stamp(from)}, ${length}.`;
  });
  outages.hidden = words.length === 0;
  if (words.join() === outages.dataset.said) return;
  outages.dataset.said = words.join();
  outages.replaceChildren(...words.map((text) => element('li', {}, text)));
}

for (const input of spans) input.addEventListener('change', () => { if (timeline.until !== null) draw(); });
