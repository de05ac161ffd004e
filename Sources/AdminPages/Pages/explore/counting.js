// Counts the events of a search per interval. Like a search, a count goes on at its cursor until everything is counted.

import { Problem, Unreachable, json, withQuery } from './api.js';
import { Bars, barsFor, momentOf } from './interval.js';
import { filterOf } from './state.js';

/** Milliseconds until a request without an answer is repeated. */
const retryDelay = 3000;

/** Milliseconds that a count runs before it waits for the reader. */
const longestRun = 60_000;

/**
 * Names that an answer has at most. It has the most frequent ones of its part of the time, so it is asked for more than
 * are shown: a name that is rare in one part may be frequent in another.
 */
const mostNames = 200;

/**
 * Counts the events of one state. `changed({bars, since, until, phase, reason})` is called with each answer; phases are
 * `counting`, `waiting` (for an answer), `paused`, `ended`, `empty` (there is no event) and `refused`. Times are
 * milliseconds since 1970.
 */
export class Counting {
  #state;
  #changed;
  #ending = new AbortController();
  #bars = new Bars();
  #times = null;
  #cursor = '';

  constructor(state, changed) {
    this.#state = state;
    this.#changed = changed;
    this.more();
  }

  /** Goes on with a count that waits. */
  more() {
    this.#run(this.#ending.signal);
  }

  /** Ends the count for ever. */
  close() {
    this.#changed = () => null;
    this.#ending.abort();
  }

  async #run(signal) {
    const end = performance.now() + longestRun;
    this.#tell('counting');
    while (!signal.aborted) {
      try {
        return this.#tell(await this.#count(end, signal));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
        if ([401, 403, 422].includes(error.status)) return this.#tell('refused', error.message);
        this.#tell('waiting', error.message);
        await new Promise((done) => { setTimeout(done, retryDelay); });
      }
    }
  }

  /** Counts until everything is counted, or the time is over. Returns the phase. */
  async #count(end, signal) {
    this.#times ??= await this.#measure(signal);
    if (this.#times === null) return 'empty';
    while (this.#cursor !== null && !signal.aborted) {
      if (performance.now() > end) return 'paused';
      await this.#step(signal);
    }
    return 'ended';
  }

  /** Returns the times to count: the bounds of the state, or those of the events. Null without an event. */
  async #measure(signal) {
    const now = Date.now();
    const { since, until } = this.#state.filters;
    const first = momentOf(since, now) ?? await this.#edge('asc', signal);
    if (first === null) return null;
    // Without an end, the latest event may be in the future; new events are on the way.
    const last = momentOf(until, now) ?? Math.max(now, await this.#edge('desc', signal) ?? now) + 1;
    const bars = barsFor(first, last);
    return { since: bars.since, until: Math.max(last, bars.since + 1), interval: bars.name };
  }

  /** Returns the time of the first event in an order, or how far the search for it is. Null without an event. */
  async #edge(order, signal) {
    const parameters = { ...filterOf(this.#state), order, limit: 1 };
    const page = await json(withQuery('events', parameters), [200], { signal });
    const clock = this.#state.filters.by === 'processed_at' ? 'processed_at' : 'timestamp';
    const edge = page.events[0]?.[clock] ?? page.searched_until;
    return edge === null ? null : new Date(edge).getTime();
  }

  async #step(signal) {
    const { since, until, interval } = this.#times;
    const times = { since: new Date(since).toISOString(), until: new Date(until).toISOString(), interval };
    const by = [this.#state.filters.by, this.#state.group].filter(Boolean).join(',');
    const question = { ...filterOf(this.#state), ...times, by, limit: mostNames, cursor: this.#cursor };
    const answer = await json(withQuery('counts', question), [200], { signal });
    if (signal.aborted) return;
    this.#bars.add(answer);
    this.#cursor = answer.next_cursor;
    this.#tell('counting');
  }

  #tell(phase, reason = null) {
    this.#changed({ bars: this.#bars, ...this.#times, phase, reason });
  }
}
