// The dashboard: requests figures from the server and passes each answer to its part of the page.

import { json, text, withQuery } from './api.js';
import { boundLatencies, loadHistory, showHistory } from './charts.js';
import { showDead } from './dead-card.js';
import { find } from './dom.js';
import { Reading } from './exposition.js';
import { showFirstEvent } from './first-event.js';
import { History } from './history.js';
import { beginPage } from './page.js';
import { showPipeline } from './pipeline.js';
import { poll } from './poll.js';
import { loadProducers, showProducers } from './producers-card.js';
import { Section } from './section.js';
import { suggestTopics } from './suggest.js';
import { Tail } from './tail.js';
import { shownTopics, showTopics } from './topics-card.js';
import { showTotals } from './totals.js';

beginPage();

const now = new History();
const [live, charts, totals, topics, producers, dead] = [
  new Section('pipeline'), new Section('rates', 'latency', 'depth'), new Section('totals'), new Section('topics'),
  new Section('producers'), new Section('dead'),
];

new Tail();
suggestTopics(find('#filter').elements.topic);

poll(() => live.fill(() => text('metrics'), (answer) => {
  now.add(new Reading(answer), Date.now());
  showPipeline(now.latest);
}), 1000);
poll(() => charts.fill(loadHistory, showHistory), 1000);
poll(() => totals.fill(() => json('stats'), (stats) => {
  now.bound(stats.latency_ms);
  boundLatencies(stats.latency_ms);
  showTotals(stats);
  showFirstEvent(stats);
}), 2000);
poll(() => topics.fill(() => json(withQuery('topics', { order: 'events', limit: shownTopics })), showTopics), 10_000);
poll(() => producers.fill(loadProducers, showProducers), 5000);
poll(() => dead.fill(() => json(withQuery('dead', { limit: 25 })), showDead), 5000);
