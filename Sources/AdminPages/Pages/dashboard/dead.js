// Events that can never be stored, and why.

import { element, find, say } from './dom.js';
import { bytes, time } from './format.js';

const body = find('#dead tbody');
const note = find('#dead-note');
let newest = null;

/** Shows an answer of `/dead`. Rows are left alone while nothing is new, so that an unfolded one stays so. */
export function showDead(page) {
  const first = JSON.stringify(page.dead_events[0] ?? null);
  if (newest === first) return;
  newest = first;
  body.replaceChildren(...(page.count > 0 ? page.dead_events.map(rowOf) : [emptyRow()]));
  say(note, page.next_cursor ? `the last ${page.count}` : '');
}

function rowOf(event) {
  return element('tr', {},
    element('td', { class: 'time' }, element('time', { datetime: event.at, title: event.at }, time(event.at))),
    element('td', { class: 'name', title: event.detail }, event.reason,
      event.detail ? element('p', { class: 'small soft' }, event.detail) : null),
    element('td', { class: 'name' }, event.topic ?? '–'),
    element('td', { class: 'key' }, event.event_id ?? '–'),
    element('td', { class: 'key' }, `${event.producer}, ${event.sequence}, ${event.position}`),
    element('td', {}, element('details', {},
      element('summary', {}, bytes(event.byte_count)), element('pre', {}, textOf(event.bytes)))));
}

/** The bytes as text; those that are none become U+FFFD. */
function textOf(base64) {
  const decoded = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(decoded) || 'No byte was kept.';
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 6 }, 'None: every event could be stored.'));
}
