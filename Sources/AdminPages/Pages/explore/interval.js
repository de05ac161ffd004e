// The bars of the histogram: their lengths, and their numbers from several answers.

const [minute, hour, day] = [60, 3_600, 86_400];

/** The lengths of bars in seconds, with their names for the server. */
const lengths = [
  ...[1, 2, 5, 10, 15, 30].map((number) => [number, `${number}s`]),
  ...[1, 2, 5, 10, 15, 30].map((number) => [number * minute, `${number}m`]),
  ...[1, 2, 3, 6, 12].map((number) => [number * hour, `${number}h`]),
  ...[1, 2, 7, 14, 31].map((number) => [number * day, `${number}d`]),
];

/** Bars that a histogram has at most, unless the longest ones do not suffice. */
const mostBars = 90;

/** Bars that the server counts at most. */
const mostCounted = 990;

/**
 * Returns the length of the bars for the times from `since` to `until` (milliseconds since 1970), `{seconds, name}`,
 * and the time from which there are bars: later than `since` when even the longest bars are too many.
 */
export function barsFor(since, until) {
  const seconds = Math.max(0, until - since) / 1000;
  const [length, name] = lengths.find(([size]) => seconds / size <= mostBars) ?? lengths.at(-1);
  return { seconds: length, name, since: Math.max(since, until - mostCounted * length * 1000) };
}

/** Returns the milliseconds of a distance such as `-15m`; null for another text. */
export function distanceOf(text) {
  const [, number, unit] = /^-(\d{1,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (!unit) return null;
  return Number(number) * { ms: 1, s: 1000, m: minute * 1000, h: hour * 1000, d: day * 1000 }[unit];
}

/** Returns the moment that a bound names, in milliseconds since 1970; null when it names none. */
export function momentOf(text, now) {
  if (text === '') return null;
  const distance = distanceOf(text);
  if (distance !== null) return now - distance;
  // Without a zone the server takes it as UTC, and the browser as local.
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || /^\d{4}-\d\d-\d\d$/.test(text);
  const moment = new Date(hasZone ? text : `${text}Z`).getTime();
  return Number.isNaN(moment) ? null : moment;
}

/** Names that a division of the counts shows. */
const shownNames = 12;

/** The numbers of events in bars, from the answers of `GET /counts` to one question. */
export class Bars {
  #events = new Map();
  #groups = new Map();
  /** Whether all events are counted. */
  isComplete = false;
  /** Time up to which, backwards, the events are counted, as text; null when all are. */
  searchedUntil = null;
  /** Number of events that are counted. */
  total = 0;
  /** The length of a bar in milliseconds. */
  length = 0;

  /** Adds an answer. An interval may be in two answers, each with a part of its events. */
  add(answer) {
    this.length = answer.interval_seconds * 1000;
    for (const { start, events, complete, groups, others } of answer.counts) {
      const at = new Date(start).getTime();
      const known = this.#events.get(at)?.events ?? 0;
      this.#events.set(at, { at, events: known + events, isComplete: complete });
      for (const { name, events: number } of groups ?? []) this.#count(name, number);
      if (others) this.#count(null, others);
    }
    this.total += answer.events;
    this.isComplete = answer.complete;
    this.searchedUntil = answer.searched_until;
  }

  #count(name, number) {
    this.#groups.set(name, (this.#groups.get(name) ?? 0) + number);
  }

  /** The bars, the earliest first: `{at, events, isComplete}`. */
  get all() {
    return [...this.#events.values()].toSorted((one, other) => one.at - other.at);
  }

  /** The names with the most events, `{name, events}`; the name null stands for all others. */
  get groups() {
    const named = [...this.#groups].filter(([name]) => name !== null).map(([name, events]) => ({ name, events }))
      .toSorted((one, other) => other.events - one.events);
    const others = named.slice(shownNames).reduce((sum, { events }) => sum + events, this.#groups.get(null) ?? 0);
    return [...named.slice(0, shownNames), ...(others > 0 ? [{ name: null, events: others }] : [])];
  }

  /** Returns the bar at a time; null when that time is not counted. */
  at(moment) {
    return this.#events.get(Math.floor(moment / this.length) * this.length) ?? null;
  }
}
