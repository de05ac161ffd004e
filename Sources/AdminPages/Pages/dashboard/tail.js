// Recent events: stored ones first, then new ones as they are committed; filtered by topic and source.

import { keyEntered } from './api.js';
import { find, say } from './dom.js';
import { EventStream } from './event-stream.js';
import { EventTable, rows } from './event-table.js';
import { count, rate } from './format.js';
import { parse } from './json.js';
import { Search } from './search.js';
import { emptyText, streamWords } from './search-words.js';

/** Milliseconds between two updates; more frequent ones could not be read. */
const period = 400;

/** Milliseconds after which a search for the first rows waits. A page that nobody looks at must not search on. */
const searchTime = 10_000;

export class Tail {
  #form = find('#filter');
  #button = find('#pause');
  #further = find('#further');
  #state = find('#tail-state');
  #rate = find('#tail-rate');
  #table = new EventTable(find('#event-table'));
  #stream = null;
  #search = null;
  #connection = ['waiting', 'Connecting …'];
  #isPaused = false;
  /** Whether the server answers and has its database. Without it a stream may stay open, but no events arrive. */
  #server = { isConnected: true, isAnswering: true };
  #waiting = [];
  #missed = 0;
  #arrived = { count: 0, since: performance.now() };

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#open();
    });
    this.#form.addEventListener('reset', () => setTimeout(() => this.#open()));
    this.#button.addEventListener('click', () => this.#pause(!this.#isPaused));
    this.#further.addEventListener('click', () => this.#search?.more(rows));
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    document.addEventListener(keyEntered, () => this.#open());
    document.addEventListener('database', ({ detail }) => {
      this.#server = detail;
      this.#describe();
    });
    setInterval(() => this.#paint(), period);
    if (!document.hidden) this.#open();
  }

  #close() {
    this.#stream?.close();
    this.#stream = null;
    this.#search?.close();
    this.#search = null;
    this.#waiting = [];
    this.#connection = ['waiting', 'Not connected'];
  }

  #open() {
    this.#close();
    this.#pause(false);
    const filter = { topic: this.#form.elements.topic.value, source: this.#form.elements.source.value };
    this.#table.clear('Searching …');
    this.#connection = ['waiting', 'Connecting …'];
    this.#describe();
    let isListed = false;
    const stream = this.#stream = new EventStream(filter, {
      most: rows,
      heard: (found) => this.#hear(found),
      changed: (state, words, reason) => {
        this.#connection = [state, words];
        this.#state.title = reason;
        this.#describe();
        // Stored events are listed after the stream has started or failed, so that no event between is missed.
        if (!isListed && this.#stream === stream) this.#list(filter);
        isListed = true;
      },
    });
  }

  /** Lists stored events. */
  #list(filter) {
    const isFiltered = filter.topic !== '' || filter.source !== '';
    this.#search = new Search(filter, {
      wanted: rows, time: searchTime,
      found: (events) => this.#table.append(events),
      changed: (state) => {
        this.#table.say(emptyText(state, isFiltered));
        const isWaiting = ['paused', 'stopped'].includes(state.phase) && this.#table.size < rows;
        this.#further.hidden = !isWaiting;
      },
    });
  }

  #hear({ events, count: arrived }) {
    this.#arrived.count += arrived;
    this.#missed += arrived;
    this.#waiting = [...this.#waiting, ...events].slice(-rows);
  }

  #pause(isPaused) {
    this.#isPaused = isPaused;
    this.#button.setAttribute('aria-pressed', String(isPaused));
    say(this.#button, isPaused ? 'Resume' : 'Pause');
    this.#describe();
  }

  /** Whether rows must not move, because somebody reads or is about to press one. */
  get #isHeld() {
    return this.#isPaused || this.#table.isInUse;
  }

  #paint() {
    this.#measure();
    if (this.#isHeld) return this.#describe();
    this.#missed = 0;
    if (this.#waiting.length > 0) this.#table.prepend(this.#waiting.map(({ data }) => parse(data)).reverse());
    this.#waiting = [];
    this.#describe();
  }

  #measure() {
    const now = performance.now();
    const seconds = (now - this.#arrived.since) / 1000;
    if (seconds < 2) return;
    const perSecond = this.#arrived.count / seconds;
    const part = perSecond > rows ? `; the latest ${rows} are shown` : '';
    say(this.#rate, perSecond > 0 ? `${rate(perSecond)} per second${part}` : '');
    this.#arrived = { count: 0, since: now };
  }

  #describe() {
    const [state, words] = this.#connection;
    const { isConnected, isAnswering } = this.#server;
    const isLive = state === 'live' && isConnected && isAnswering;
    this.#state.dataset.level = isLive && !this.#isPaused ? 'good' : 'warn';
    const held = this.#missed > 0 ? `, ${count(this.#missed)} newer` : '';
    if (state === 'live' && this.#isPaused) say(this.#state, `Paused${held}`);
    else if (isLive && this.#isHeld && held) say(this.#state, `Held while in use${held}`);
    else say(this.#state, streamWords(state, words, this.#server));
    // A screen reader should not announce a number that rises constantly.
    this.#state.setAttribute('aria-live', held ? 'off' : 'polite');
  }
}
