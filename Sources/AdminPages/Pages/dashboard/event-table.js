// The rows of the recent events.

import { element } from './dom.js';
import { time, visible } from './format.js';
import { text } from './json.js';

/** Maximum number of rows. */
export const rows = 50;

const keyOf = (event) => JSON.stringify([event.topic, event.event_id]);

export class EventTable {
  #body;
  #shown = new Map();
  #emptyText = '';

  constructor(table) {
    this.#body = table.tBodies[0];
  }

  /** Whether the pointer or the focus is on a row, or a payload is open. */
  get isInUse() {
    // On a touch screen, the last touched row stays hovered for ever.
    const isPointedAt = this.#body.matches(':hover') && matchMedia('(hover: hover)').matches;
    return isPointedAt || this.#body.matches(':focus-within') || this.#body.querySelector('details[open]') !== null;
  }

  /** Removes all rows. */
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

  /** Adds events at the beginning, and highlights them. */
  prepend(events) {
    for (const row of this.#body.querySelectorAll('.new')) row.classList.remove('new');
    const added = this.#newRows(events);
    // No highlight when most rows are new.
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
    cell('time', at), cell('name', visible(event.topic)), cell('key', visible(event.event_id)),
    cell('name', visible(event.source)),
    cell(null, payload));
}

/** Returns the payload on one line, which opens to the indented text. That text is made on opening. */
function payloadOf(event) {
  const details = element('details', {}, element('summary', {}, text(event.payload).slice(0, 200)));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(element('pre', {}, text(event.payload, true)));
  });
  return details;
}
