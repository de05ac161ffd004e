// Recent events: stored ones first, then new ones as they are committed; filtered by topic and source.

import { text, withQuery } from './api.js';
import { find, say } from './dom.js';
import { EventStream } from './event-stream.js';
import { EventTable, rows } from './event-table.js';
import { count, rate } from './format.js';
import { parse } from './json.js';

/** Milliseconds between two updates; more frequent ones could not be read. */
const period = 400;

/** Milliseconds until a failed request for stored events is repeated. */
const retryDelay = 3000;

export class Tail {
  #section;
  #form = find('#filter');
  #button = find('#pause');
  #state = find('#tail-state');
  #rate = find('#tail-rate');
  #table = new EventTable(find('#event-table'));
  #stream = null;
  #connection = ['waiting', 'Connecting …'];
  #isPaused = false;
  /** Whether the database is connected. Without it a stream stays open, but no events arrive. */
  #hasDatabase = true;
  #waiting = [];
  #missed = 0;
  #arrived = { count: 0, since: performance.now() };

  constructor(section) {
    this.#section = section;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#open();
    });
    this.#form.addEventListener('reset', () => setTimeout(() => this.#open()));
    this.#button.addEventListener('click', () => this.#pause(!this.#isPaused));
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    document.addEventListener('database', ({ detail }) => {
      this.#hasDatabase = detail.isConnected;
      this.#describe();
    });
    setInterval(() => this.#paint(), period);
    if (!document.hidden) this.#open();
  }

  /** Shows the events of one topic. */
  choose = (topic) => {
    this.#form.elements.topic.value = topic;
    this.#open();
    find('#events-title').scrollIntoView();
    this.#form.elements.topic.focus({ preventScroll: true });
  };

  #close() {
    this.#stream?.close();
    this.#stream = null;
    this.#waiting = [];
  }

  #open() {
    this.#close();
    this.#pause(false);
    const filter = { topic: this.#form.elements.topic.value, source: this.#form.elements.source.value };
    this.#table.clear(filter.topic.endsWith('*')
      ? 'No events yet. Stored events are listed for whole topics only.' : 'No events yet.');
    this.#connection = ['waiting', 'Connecting …'];
    this.#describe();
    let isListed = filter.topic.endsWith('*');
    const stream = this.#stream = new EventStream(filter, {
      most: rows,
      heard: (found) => this.#hear(found),
      changed: (state, words, reason) => {
        this.#connection = [state, words];
        this.#state.title = reason;
        this.#describe();
        // Stored events are listed after the stream has started or failed, so that no event between is missed.
        if (!isListed) this.#list(filter, stream);
        isListed = true;
      },
    });
  }

  /** Lists stored events. A search that stopped before it found enough goes on at its cursor. */
  async #list(filter, stream, cursor = '', wanted = rows) {
    let rest = null;
    const isListed = await this.#section.fill(
      async () => parse(
        await text(withQuery('events', { ...filter, limit: String(wanted), cursor }), 'application/json')),
      ({ events, complete, next_cursor: next }) => {
        if (this.#stream !== stream) return;
        this.#table.append(events);
        if (!complete && events.length < wanted) rest = [next, wanted - events.length];
      });
    if (rest) this.#list(filter, stream, ...rest);
    if (isListed) return;
    setTimeout(() => { if (this.#stream === stream) this.#list(filter, stream, cursor, wanted); }, retryDelay);
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
    this.#state.dataset.level = state === 'live' && !this.#isPaused && this.#hasDatabase ? 'good' : 'warn';
    const held = this.#missed > 0 ? `, ${count(this.#missed)} newer` : '';
    if (state === 'live' && this.#isPaused) say(this.#state, `Paused${held}`);
    else if (state === 'live' && this.#isHeld && held) say(this.#state, `Held while in use${held}`);
    else if (['live', 'waiting'].includes(state) && !this.#hasDatabase) say(this.#state, 'Waiting for the database');
    else say(this.#state, words);
    // A screen reader should not announce a number that rises constantly.
    this.#state.setAttribute('aria-live', held ? 'off' : 'polite');
  }
}
