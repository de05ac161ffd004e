// Recent events: those that are stored already, and then each as it is committed; by topic and source.

import { text, withQuery } from './api.js';
import { find, say } from './dom.js';
import { EventStream } from './event-stream.js';
import { EventTable, rows } from './event-table.js';
import { count, rate } from './format.js';
import { parse } from './json.js';

/** Milliseconds between two paintings: more is not read by anybody. */
const period = 400;

/** Milliseconds until the list of what is stored is asked for again. */
const patience = 3000;

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
      ? 'No event yet. Events that are stored already are listed for whole topics only.' : 'No event yet.');
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
        // Not before it is known where the stream begins, so that nothing is missed between; or that it does not.
        if (!isListed) this.#list(filter, stream);
        isListed = true;
      },
    });
  }

  async #list(filter, stream) {
    const isListed = await this.#section.fill(
      async () => parse(await text(withQuery('events', { ...filter, limit: String(rows) }), 'application/json')),
      ({ events }) => { if (this.#stream === stream) this.#table.append(events); });
    if (!isListed) setTimeout(() => { if (this.#stream === stream) this.#list(filter, stream); }, patience);
  }

  #hear({ events, count: arrived }) {
    this.#arrived.count += arrived;
    this.#missed += arrived;
    this.#waiting = [...this.#waiting, ...events].slice(-rows);
  }

  #pause(isPaused) {
    this.#isPaused = isPaused;
    this.#button.setAttribute('aria-pressed', String(isPaused));
    say(this.#button, isPaused ? 'Go on' : 'Pause');
    this.#describe();
  }

  /** Whether rows must stay where they are, since somebody reads or is about to press one. */
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
    const part = perSecond > rows ? `; the last ${rows} are shown` : '';
    say(this.#rate, perSecond > 0 ? `${rate(perSecond)} of them a second${part}` : '');
    this.#arrived = { count: 0, since: now };
  }

  #describe() {
    const [state, words] = this.#connection;
    this.#state.dataset.level = state === 'live' && !this.#isPaused ? 'good' : 'warn';
    const held = this.#missed > 0 ? `, ${count(this.#missed)} newer` : '';
    if (state === 'live' && this.#isPaused) say(this.#state, `Paused${held}`);
    else if (state === 'live' && this.#isHeld && held) say(this.#state, `Held while you look${held}`);
    else say(this.#state, words);
    // Numbers that go up all the time are not read out.
    this.#state.setAttribute('aria-live', held ? 'off' : 'polite');
  }
}
