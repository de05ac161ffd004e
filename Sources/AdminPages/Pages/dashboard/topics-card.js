// The topics with the most events, in the order of the server.

import { element, find, say, shape } from './dom.js';
import { ago, count, counted } from './format.js';
import { topicLink } from './links.js';
import { stamp } from './times.js';

/** Number of topics that are shown. */
export const shownTopics = 12;

/** Topics that the server lists; it orders the first ones by name. */
const listed = 10_000;

const body = find('#topics tbody');
const note = find('#topics-note');

/** Shows an answer of `/topics?order=events`. */
export function showTopics({ topics, topics_count: total, as_of: asOf }) {
  const most = topics[0]?.events ?? 0;
  update(topics.map((topic) => rowOf(topic, most)));
  const part = total > topics.length ? `${topics.length} of ${counted(total, 'topic')}` : counted(total, 'topic');
  const rest = total > listed ? `, the largest of the first ${count(listed)} by name` : '';
  say(note, total > 0 ? `${part}${rest}` : '');
  note.title = `Counted at ${stamp(asOf)}`;
}

/** Replaces the rows and keeps the focus, if its row still exists. */
function update(list) {
  const focused = body.contains(document.activeElement) ? document.activeElement.textContent : null;
  body.replaceChildren(...(list.length > 0 ? list : [emptyRow()]));
  if (focused !== null) [...body.querySelectorAll('a')].find((link) => link.textContent === focused)?.focus();
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 3 }, 'No topic yet.'));
}

function rowOf(topic, most) {
  const bar = shape('svg', { class: 'bar', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    shape('rect', { width: 100, height: 4 }), shape('rect', { width: 100 * topic.events / most, height: 4 }));
  return element('tr', {},
    element('th', { scope: 'row', class: 'name' }, topicLink(topic.topic), bar),
    element('td', { class: 'figure' }, count(topic.events)),
    element('td', { class: 'time', title: topic.last_timestamp }, ago(topic.last_timestamp)));
}
