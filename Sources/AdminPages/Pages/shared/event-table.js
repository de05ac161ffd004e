// The rows of a list of events.

import { element } from './dom.js';
import { text } from './json.js';
import { eventLink, sourceLink, topicLink } from './links.js';
import { timeView } from './times.js';

/** Maximum number of rows of a list that follows new events. */
export const rows = 50;

const keyOf = (event) => JSON.stringify([event.topic, event.event_id]);

export class EventTable {
  #body;
  #shown = new Map();
  #emptyText = '';
  #options;

  /**
   * `options`: `most` rows; `clock`, the member whose time is shown; `hasFolds`, whether a payload unfolds in its row.
   */
  constructor(table, options = {}) {
    this.#options = { most: rows, clock: 'timestamp', hasFolds: true, ...options };
    this.#body = table.tBodies[0];
  }

  /** Number of events that are shown. */
  get size() {
    return this.#shown.size;
  }

  /** Changes `most` or `clock`. */
  set(options) {
    Object.assign(this.#options, options);
  }

  /** Returns the events of the rows, in their order. */
  get events() {
    return [...this.#shown.values()].toSorted((one, other) => one.row.sectionRowIndex - other.row.sectionRowIndex)
      .map(({ event }) => event);
  }

  /** Marks the row of one event as the open one; null for none. */
  mark(key) {
    for (const { row, event } of this.#shown.values()) {
      const isOpen = key !== null && event.topic === key.topic && event.event_id === key.id;
      row.classList.toggle('open', isOpen);
      if (isOpen) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
  }

  /** Returns the event of a row. */
  eventOf(row) {
    return [...this.#shown.values()].find((each) => each.row === row)?.event ?? null;
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
    if (added.length < this.#options.most / 2) for (const row of added) row.classList.add('new');
    this.#body.prepend(...added);
    this.#trim();
  }

  #newRows(events) {
    const unknown = events.filter((event) => !this.#shown.has(keyOf(event)));
    return unknown.map((event) => {
      const row = rowOf(event, this.#options);
      this.#shown.set(keyOf(event), { row, event });
      return row;
    });
  }

  #trim() {
    if (this.#shown.size > 0) this.#body.querySelector('.empty')?.closest('tr').remove();
    for (const row of [...this.#body.rows].slice(this.#options.most)) row.remove();
    for (const [key, { row }] of this.#shown) if (!row.isConnected) this.#shown.delete(key);
  }

  /** Says why there is no row. */
  say(emptyText) {
    this.#emptyText = emptyText;
    if (this.#shown.size === 0) this.#body.replaceChildren(this.#emptyRow());
  }

  #emptyRow() {
    return element('tr', { role: 'row' }, element('td', { role: 'cell', class: 'empty', colspan: 5 }, this.#emptyText));
  }
}

function rowOf(event, { clock, hasFolds }) {
  const cell = (name, content) => element('td', { role: 'cell', class: name }, content);
  return element('tr', { role: 'row' },
    cell('time', timeView(event[clock], hasFolds ? 'clock' : 'full')), cell('name', topicLink(event.topic)),
    cell('key', eventLink(event.topic, event.event_id)), cell('name', sourceLink(event.source)),
    cell('payload', payloadOf(event, hasFolds)));
}

/** Returns the payload on one line, which may open to the indented text. That text is made on opening. */
function payloadOf(event, hasFolds) {
  if (event.payload === null) return element('span', { class: 'soft' }, 'no payload');
  if (!hasFolds) return element('span', { class: 'line' }, text(event.payload).slice(0, 200));
  const details = element('details', {}, element('summary', {}, text(event.payload).slice(0, 200)));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(element('pre', {}, text(event.payload, true)));
  });
  return details;
}
