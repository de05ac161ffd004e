// The latest events that cannot be stored, with the reason.

import { element, find, say } from './dom.js';
import { bytes } from './format.js';
import { deadAddress, eventLink, topicLink } from './links.js';
import { nameView } from './names.js';
import { decoded, roughText } from './raw-bytes.js';
import { reasonWords } from './reasons.js';
import { timeView } from './times.js';

const body = find('#dead tbody');
const note = find('#dead-note');
let newest = null;

/** Shows an answer of `/dead`. Without new events the rows stay, so that an open payload stays open. */
export function showDead(page) {
  const first = JSON.stringify(page.dead_events[0] ?? null);
  if (newest === first) return;
  newest = first;
  body.replaceChildren(...(page.count > 0 ? page.dead_events.map(rowOf) : [emptyRow()]));
  say(note, page.next_cursor ? `the latest ${page.count}` : '');
}

function rowOf(event) {
  return element('tr', {},
    element('td', { class: 'time' }, timeView(event.at)),
    element('td', { class: 'name', title: event.reason }, reasonWords(event.reason).what,
      event.detail ? element('p', { class: 'small soft' }, event.detail) : null),
    element('td', { class: 'name' }, topicLink(event.topic)),
    element('td', { class: 'key' }, eventLink(event.topic, event.event_id)),
    element('td', { class: 'key' },
      nameView(event.producer, { href: deadAddress({ producer: event.producer }), title: 'Its dead events' }),
      `, ${event.sequence}, ${event.position}`),
    element('td', {}, element('details', {},
      element('summary', {}, bytes(event.byte_count)),
      element('pre', {}, roughText(decoded(event.bytes)) || 'No bytes.'))));
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 6 }, 'None: all events could be stored.'));
}
