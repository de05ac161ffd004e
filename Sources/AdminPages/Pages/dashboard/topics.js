// The topics with the most events.

import { element, find, say, shape } from './dom.js';
import { ago, count, counted, visible } from './format.js';

const shown = 12;
const body = find('#topics tbody');
const names = find('#topic-names');
const note = find('#topics-note');

/** Shows an answer of `/topics`; a click on a topic calls `choose` with it. */
export function showTopics(page, choose) {
  const topics = page.topics.toSorted((one, other) => other.events - one.events);
  const most = topics[0]?.events ?? 0;
  const list = topics.slice(0, shown).map((topic) => rowOf(topic, most, choose));
  update(list);
  names.replaceChildren(...topics.slice(0, 200).map(({ topic }) => element('option', { value: topic })));
  const rest = page.topics_count > page.count ? `, the largest of the first ${count(page.count)} by name` : '';
  const part = topics.length > shown ? `${shown} of ${counted(page.topics_count, 'topic')}` : '';
  say(note, `${part}${part && rest}`);
}

/** Replaces the rows and keeps the focus, if its row still exists. */
function update(list) {
  const focused = body.contains(document.activeElement) ? document.activeElement.textContent : null;
  body.replaceChildren(...(list.length > 0 ? list : [emptyRow()]));
  if (focused !== null) [...body.querySelectorAll('button')].find((button) => button.textContent === focused)?.focus();
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 3 }, 'No topic yet.'));
}

function rowOf(topic, most, choose) {
  const button = element('button', { type: 'button', class: 'link', title: 'Show its events' }, visible(topic.topic));
  button.addEventListener('click', () => choose(topic.topic));
  const bar = shape('svg', { class: 'bar', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    shape('rect', { width: 100, height: 4 }), shape('rect', { width: 100 * topic.events / most, height: 4 }));
  return element('tr', {},
    element('th', { scope: 'row', class: 'name' }, button, bar),
    element('td', { class: 'figure' }, count(topic.events)),
    element('td', { class: 'time', title: topic.last_timestamp }, ago(topic.last_timestamp)));
}
