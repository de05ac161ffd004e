// Events that cannot be stored, with the reason.

import { element, find, say } from './dom.js';
import { bytes, time, visible } from './format.js';

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
    element('td', { class: 'time' }, element('time', { datetime: event.at, title: event.at }, time(event.at))),
    element('td', { class: 'name', title: event.detail }, event.reason,
      event.detail ? element('p', { class: 'small soft' }, event.detail) : null),
    element('td', { class: 'name' }, visible(event.topic ?? '–')),
    element('td', { class: 'key' }, visible(event.event_id ?? '–')),
    element('td', { class: 'key' }, `${event.producer}, ${event.sequence}, ${event.position}`),
    element('td', {}, element('details', {},
      element('summary', {}, bytes(event.byte_count)), element('pre', {}, textOf(event.bytes)))));
}

/** Returns the bytes as text; invalid UTF-8 becomes U+FFFD. */
function textOf(base64) {
  const decoded = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(decoded) || 'No bytes.';
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 6 }, 'None: all events could be stored.'));
}
