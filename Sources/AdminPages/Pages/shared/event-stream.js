// Server-sent events over fetch. Unlike EventSource, fetch shows why the server refused, and allows to skip events
// that arrive too fast to be read.

import { Problem, Unreachable, problem, request, withQuery } from './api.js';

/** Milliseconds before a reconnect, doubled up to `backoff.most`. */
const backoff = { least: 1000, most: 15_000 };

/**
 * Milliseconds without a byte after which a connection counts as broken. The server sends a sign of life after 15 s, so
 * a network that lost the connection without a word is noticed.
 */
const silence = 40_000;

/** The status codes of refusals that do not end by themselves. A 401 ends when somebody enters a key. */
const lasting = [403, 422];

/** The fields of one block of the stream. */
function fields(block) {
  const event = { type: 'message', id: null, data: '' };
  for (const line of block.split('\n')) {
    if (line.startsWith('data: ')) event.data += line.slice(6);
    else if (line.startsWith('id: ')) event.id = line.slice(4);
    else if (line.startsWith('event: ')) event.type = line.slice(7);
  }
  return event;
}

/** Splits the text of a stream into blocks. */
export class BlockDecoder {
  #rest = '';

  /**
   * Adds the next piece of text.
   * @returns the events that end in it, of which only the last `most` are read; `count` is the number with data
   */
  feed(text, most) {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop();
    const hasData = (block) => block.startsWith('data: ') || block.includes('\ndata: ');
    const count = blocks.reduce((sum, block) => sum + (hasData(block) ? 1 : 0), 0);
    return { events: blocks.slice(-most).map(fields), count };
  }
}

/**
 * The live tail for one filter, connected until it is closed.
 * `heard({events, count})` is called with the last `most` events that arrived, `changed(state, text, reason)` with
 * the state of the connection: `live`, `waiting`, or `refused` for ever.
 */
export class EventStream {
  #closing = new AbortController();
  #place = null;

  /** `filter` has the parameters of `GET /events/stream`. */
  constructor(filter, { most, heard, changed }) {
    this.path = withQuery('events/stream', filter);
    Object.assign(this, { most, heard, changed });
    this.#run();
  }

  close() {
    this.#closing.abort();
  }

  async #run() {
    let delay = backoff.least;
    while (!this.#closing.signal.aborted) {
      try {
        await this.#follow(() => { delay = backoff.least; });
        this.#tell('waiting', 'Interrupted; reconnecting', 'The stream ended.');
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        if (error instanceof Problem && lasting.includes(error.status)) {
          return this.#tell('refused', 'Refused', error.message);
        }
        if (error instanceof Problem && error.status === 410) this.#place = null;
        if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
        const what = error instanceof Problem ? 'Interrupted' : 'No answer';
        this.#tell('waiting', `${what}; reconnecting`, error.message);
      }
      await this.#pause(delay);
      delay = Math.min(2 * delay, backoff.most);
    }
  }

  /** Reads one connection to its end. */
  async #follow(opened) {
    const headers = this.#place ? { 'Last-Event-ID': this.#place } : {};
    const { signal } = this.#closing;
    const response = await request(this.path, { accept: 'text/event-stream', headers, signal });
    if (!response.ok) throw await problem(response);
    opened();
    let isLive = false;
    const decoder = new BlockDecoder();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await this.#next(reader); !piece.done; piece = await this.#next(reader)) {
      const isEnding = this.#hear(decoder.feed(piece.value, this.most));
      if (isEnding) return;
      // The first id is the start of the stream: events committed from then on will arrive.
      if (!isLive && this.#place) this.#tell('live', 'Live');
      isLive = this.#place !== null;
    }
  }

  /** Reads the next piece, or fails after `silence`. */
  async #next(reader) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Unreachable('The stream was silent for too long.')), silence);
    });
    try {
      return await Promise.race([reader.read(), late]);
    } catch (cause) {
      reader.cancel().catch(() => null);
      throw new Unreachable('The stream was interrupted.', { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Passes events on. Returns whether the server ends the stream. */
  #hear({ events, count }) {
    for (const { id } of events) if (id) this.#place = id;
    const ending = events.find(({ type }) => type === 'end');
    const data = events.filter((event) => event.type === 'message' && event.data);
    if (count > 0) this.heard({ events: data, count: count - (ending ? 1 : 0) });
    // After `too-slow`, the page continues with new events instead of the missed ones.
    if (ending?.data.includes('too-slow')) this.#place = null;
    return ending !== undefined;
  }

  #tell(state, text, reason = '') {
    if (!this.#closing.signal.aborted) this.changed(state, text, reason);
  }

  #pause(time) {
    return new Promise((done) => {
      setTimeout(done, time);
      this.#closing.signal.addEventListener('abort', done, { once: true });
    });
  }
}
