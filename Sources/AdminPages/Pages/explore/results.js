// The events of a search, and new ones while they are followed.

import { find, say } from './dom.js';
import { EventStream } from './event-stream.js';
import { EventTable } from './event-table.js';
import { counted } from './format.js';
import { parse } from './json.js';
import { Search } from './search.js';
import { emptyText, progressOf, streamWords } from './search-words.js';
import { filterOf, isFiltered, parametersOf } from './state.js';

/** Events that a search finds before it waits, and that "more" adds. */
const pageRows = 50;

/** Rows that the list has at most, because a browser becomes slow with more. */
const mostRows = 2000;

/** Milliseconds between two updates while events are followed. */
const period = 400;

export class Results {
  #table = new EventTable(find('#event-table'), { most: mostRows, hasFolds: false });
  #line = find('#progress');
  #more = find('#more-events');
  #stop = find('#stop');
  #tailLine = find('#tail-state');
  #search = null;
  #stream = null;
  #state = null;
  #waiting = [];
  /** The state of the stream, also in words. */
  #connection = ['waiting', ''];
  /** Whether the server answers and has its database. */
  #server = { isConnected: true, isAnswering: true };

  /** `open(event)` is called when the reader chooses a row. */
  constructor(open) {
    const body = find('#event-table').tBodies[0];
    body.addEventListener('click', (event) => {
      const row = event.target.closest('tr');
      if (event.target.closest('a') || !row || getSelection().toString() !== '') return;
      const found = this.#table.eventOf(row);
      if (found) open(found);
    });
    this.#more.addEventListener('click', () => this.#search.more(pageRows));
    this.#stop.addEventListener('click', () => this.#search.stop());
    document.addEventListener('database', ({ detail }) => { this.#server = detail; });
    setInterval(() => this.#paint(), period);
  }

  /** Marks the row of the event that the drawer shows. */
  mark(key) {
    this.#table.mark(key);
  }

  /** Returns the neighbour of an event in the list, `step` rows below it; null when there is none. */
  neighbour(key, step) {
    const { events } = this.#table;
    const index = events.findIndex((event) => event.topic === key.topic && event.event_id === key.id);
    return index < 0 ? null : events[index + step] ?? null;
  }

  /** Shows the events of a state from the beginning. */
  show(state) {
    this.close();
    this.#state = state;
    const clock = state.filters.by === 'processed_at' ? 'processed_at' : 'timestamp';
    this.#table.set({ clock });
    say(find('#time-head'), clock === 'timestamp' ? 'Event time' : 'Committed');
    this.#table.clear('Searching …');
    if (state.isTail) this.#follow();
    else this.#list();
  }

  /** Ends the search and the stream. */
  close() {
    this.#search?.close();
    this.#stream?.close();
    [this.#search, this.#stream, this.#waiting] = [null, null, []];
    say(this.#tailLine, '');
  }

  #list() {
    const state = this.#state;
    const { order } = state.filters;
    this.#search = new Search(parametersOf(state), {
      wanted: pageRows,
      found: (events) => this.#table.append(events),
      changed: (progress) => {
        say(this.#line, progressOf(progress, order));
        this.#line.dataset.phase = progress.phase;
        this.#table.say(emptyText(progress, isFiltered(state)));
        const isOver = ['full', 'paused', 'stopped'].includes(progress.phase);
        this.#more.hidden = !isOver || this.#table.size >= mostRows;
        say(this.#more, progress.phase === 'full' ? `Show ${pageRows} more` : 'Search on');
        this.#stop.hidden = progress.phase !== 'searching';
      },
    });
  }

  /** Follows new events. Stored ones are listed after the stream has begun, so that no event between is missed. */
  #follow() {
    let isListed = false;
    const stream = this.#stream = new EventStream(filterOf(this.#state), {
      most: pageRows,
      heard: ({ events }) => { this.#waiting = [...this.#waiting, ...events].slice(-mostRows); },
      changed: (level, words, reason) => {
        if (this.#stream !== stream) return;
        this.#tailLine.title = reason;
        this.#connection = [level, words];
        this.#describe();
        if (!isListed) this.#list();
        isListed = true;
      },
    });
    this.#connection = ['waiting', 'Connecting …'];
    this.#describe();
  }

  #describe() {
    const words = streamWords(...this.#connection, this.#server);
    this.#tailLine.dataset.level = words === 'Live' ? 'good' : 'warn';
    const waiting = this.#waiting.length > 0 ? `, ${counted(this.#waiting.length, 'newer event')}` : '';
    say(this.#tailLine, `${words}${waiting}`);
  }

  #paint() {
    // Rows must not move while somebody reads or is about to press one.
    if (!this.#stream) return;
    if (this.#waiting.length > 0 && !this.#table.isInUse) {
      this.#table.prepend(this.#waiting.map(({ data }) => parse(data)).reverse());
      this.#waiting = [];
    }
    this.#describe();
  }
}
