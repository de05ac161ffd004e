// A search of stored events that goes on at its cursor. Each answer of the server takes a fraction of a second of the
// database, found or not, so the page can say at each moment how far the search is.

import { Problem, Unreachable, text, withQuery } from './api.js';
import { parse } from './json.js';

/** Milliseconds until a request without an answer is repeated. */
const retryDelay = 3000;

/** Events that one request asks for at most. */
const mostAtOnce = 200;

/**
 * A running search. Phases: `searching`; `full` when enough was found and there is more; `paused` when its time is over
 * without enough; `ended` when everything was searched; `refused` for ever; `stopped`.
 */
export class Search {
  #parameters;
  #options;
  #cursor = '';
  #ending = new AbortController();
  #wanted = 0;
  /** The state that `changed` was told: the phase, how far the search is, the number of events, the last failure. */
  state = { phase: 'searching', searchedUntil: null, count: 0, reason: null };

  /**
   * `parameters` are those of `GET /events`. `options`: `wanted`, the number of events after which the search waits;
   * `time`, the milliseconds after which it waits without them; `found(events)` and `changed(state)` are called.
   */
  constructor(parameters, options) {
    this.#parameters = parameters;
    this.#options = { time: 15_000, ...options };
    this.more(this.#options.wanted);
  }

  /** Searches until `number` further events are found. */
  more(number) {
    this.#wanted = number;
    this.#tell({ phase: 'searching', reason: null });
    this.#run(this.#ending.signal);
  }

  /** Ends the search; what was found stays. It can go on with `more`. */
  stop() {
    this.#ending.abort();
    this.#ending = new AbortController();
    if (this.state.phase === 'searching') this.#tell({ phase: 'stopped' });
  }

  /** Ends the search for ever; nothing is called any more. */
  close() {
    this.#options = { ...this.#options, found: () => null, changed: () => null };
    this.stop();
  }

  async #run(signal) {
    const end = performance.now() + this.#options.time;
    while (!signal.aborted) {
      try {
        if (await this.#step(signal)) return;
        if (performance.now() > end) return this.#tell({ phase: 'paused' });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
        if (error instanceof Problem && [401, 403, 422].includes(error.status)) {
          return this.#tell({ phase: 'refused', reason: error.message });
        }
        this.#tell({ reason: error.message });
        await new Promise((done) => { setTimeout(done, retryDelay); });
      }
    }
  }

  /** Asks once. Returns whether the search is over for now. */
  async #step(signal) {
    const limit = Math.min(this.#wanted, mostAtOnce);
    const path = withQuery('events', { ...this.#parameters, limit, cursor: this.#cursor });
    const page = parse(await text(path, 'application/json', { signal }));
    if (signal.aborted) return true;
    this.#cursor = page.next_cursor;
    this.#wanted -= page.events.length;
    this.#options.found(page.events);
    const count = this.state.count + page.events.length;
    const isEnded = page.next_cursor === null;
    const phase = isEnded ? 'ended' : this.#wanted <= 0 ? 'full' : 'searching';
    this.#tell({ phase, count, reason: null, searchedUntil: page.searched_until ?? this.state.searchedUntil });
    return phase !== 'searching';
  }

  #tell(change) {
    this.state = { ...this.state, ...change };
    this.#options.changed(this.state);
  }
}
