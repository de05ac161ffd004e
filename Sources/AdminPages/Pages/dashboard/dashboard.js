// The dashboard: requests figures from the server and passes each answer to its part of the page.

import { json, text } from './api.js';
import { Chart } from './chart.js';
import { check } from './condition.js';
import { showDead } from './dead.js';
import { find } from './dom.js';
import { Reading } from './exposition.js';
import { bytes, milliseconds, rate, short } from './format.js';
import { History } from './history.js';
import { showPipeline } from './pipeline.js';
import { poll } from './poll.js';
import { showProducers } from './producers.js';
import { binaryStep } from './scale.js';
import { Section } from './section.js';
import { offerSignIn } from './sign-in.js';
import { Tail } from './tail.js';
import { showTopics } from './topics.js';
import { showTotals } from './totals.js';

offerSignIn();

const span = 5 * 60_000;
const history = new History(span);

const charts = [
  new Chart(find('#rates figure'), {
    span, least: 10, write: rate, tick: short,
    series: [
      { figure: 'committed', label: 'Committed', isArea: true },
      { figure: 'accepted', label: 'Accepted' },
      { figure: 'duplicates', label: 'of those, duplicates' },
    ],
  }),
  new Chart(find('#latency figure'), {
    span, least: 1, write: milliseconds, tick: milliseconds,
    series: [
      { figure: 'commitP50', label: 'Commit, p50', isArea: true },
      { figure: 'commitP99', label: 'Commit, p99' },
      { figure: 'acceptP99', label: 'Accept, p99' },
    ],
  }),
  new Chart(find('#depth figure'), {
    span, least: 1024, write: bytes, tick: bytes, step: binaryStep, limit: 'queueLimit',
    series: [{ figure: 'queueBytes', label: 'Waiting', isArea: true }],
  }),
];

const [live, totals, topics, producers, dead] = [
  new Section('pipeline', 'rates', 'latency', 'depth'), new Section('totals'), new Section('topics'),
  new Section('producers'), new Section('dead'),
];

const tail = new Tail(new Section('events'));

poll(check, 2000);
poll(() => live.fill(() => text('metrics'), (answer) => {
  history.add(new Reading(answer), Date.now());
  showPipeline(history.latest);
  for (const chart of charts) chart.draw(history.samples, Date.now());
}), 1000);
poll(() => totals.fill(() => json('stats'), showTotals), 2000);
poll(() => topics.fill(() => json('topics?limit=1000'), (page) => showTopics(page, tail.choose)), 10_000);
poll(() => producers.fill(() => json('producers?limit=200'), showProducers), 5000);
poll(() => dead.fill(() => json('dead?limit=25'), showDead), 5000);
