// The rows of the recent events.

import { element } from './dom.js';
import { time } from './format.js';
import { text } from './json.js';

/** How many are shown. */
export const rows = 50;

const keyOf = (event) => JSON.stringify([event.topic, event.event_id]);

export class EventTable {
  #body;
  #shown = new Map();
  #emptyText = '';

  constructor(table) {
    this.#body = table.tBodies[0];
  }

  /** Whether the pointer or the keyboard is on a row, or a payload is unfolded. */
  get isInUse() {
    // On a screen that is touched, the row that was touched last counts as pointed at for good.
    const isPointedAt = this.#body.matches(':hover') && matchMedia('(hover: hover)').matches;
    return isPointedAt || this.#body.matches(':focus-within') || this.#body.querySelector('details[open]') !== null;
  }

  /** Takes all rows away. */
  clear(emptyText) {
    this.#shown.clear();
    this.#emptyText = emptyText;
    this.#body.replaceChildren(this.#emptyRow());
  }

  /** Adds events at the end. */
  append(events) {
    this.#body.append(...this.#newRows(events));
    this.#trim();
  }

  /** Adds events at the beginning, and sets them apart. */
  prepend(events) {
    for (const row of this.#body.querySelectorAll('.new')) row.classList.remove('new');
    const added = this.#newRows(events);
    // Where all are new, none stands out.
    if (added.length < rows / 2) for (const row of added) row.classList.add('new');
    this.#body.prepend(...added);
    this.#trim();
  }

  #newRows(events) {
    const unknown = events.filter((event) => !this.#shown.has(keyOf(event)));
    return unknown.map((event) => {
      const row = rowOf(event);
      this.#shown.set(keyOf(event), row);
      return row;
    });
  }

  #trim() {
    if (this.#shown.size > 0) this.#body.querySelector('.empty')?.closest('tr').remove();
    for (const row of [...this.#body.rows].slice(rows)) row.remove();
    for (const [key, row] of this.#shown) if (!row.isConnected) this.#shown.delete(key);
  }

  #emptyRow() {
    return element('tr', { role: 'row' }, element('td', { role: 'cell', class: 'empty', colspan: 5 }, this.#emptyText));
  }
}

function rowOf(event) {
  const at = element('time', { datetime: event.timestamp, title: event.timestamp }, time(event.timestamp));
  const payload = event.payload === null ? element('span', { class: 'soft' }, 'no payload') : payloadOf(event);
  const cell = (name, content) => element('td', { role: 'cell', class: name }, content);
  return element('tr', { role: 'row' },
    cell('time', at), cell('name', event.topic), cell('key', event.event_id), cell('name', event.source),
    cell(null, payload));
}

/** The payload in one line; indented when it is unfolded, which is when it is written. */
function payloadOf(event) {
  const details = element('details', {}, element('summary', {}, text(event.payload).slice(0, 200)));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(element('pre', {}, text(event.payload, true)));
  });
  return details;
}
