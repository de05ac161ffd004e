// One event whole: its names, its times, its payload, and where to go from here.

import { Problem, Unreachable, base, text, withQuery } from './api.js';
import { copyButton, line } from './drawer.js';
import { element } from './dom.js';
import * as json from './json.js';
import { deadAddress, exploreAddress } from './links.js';
import { nameView, visible } from './names.js';
import { timeView } from './times.js';

/** Milliseconds before and after an event that are "around this time". */
const around = 60_000;

/** Returns the path of one event. */
const pathOf = ({ topic, id }) => `events/${encodeURIComponent(topic)}/${encodeURIComponent(id)}`;

/**
 * Returns the event with a key, or null when there is none.
 * @throws {Unreachable|Problem}
 */
export async function load(key) {
  try {
    return json.parse(await text(pathOf(key), 'application/json'));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Returns the title of the drawer for an event. */
export const titleOf = ({ id }) => `Event ${visible(id)}`;

/** Returns the nodes that show an event. `permalink` returns its address. */
export function eventView(event, permalink) {
  const whole = Infinity;
  return [
    element('dl', { class: 'lines' },
      line('Topic', nameView(event.topic, { most: whole })),
      line('Event id', nameView(event.event_id, { most: whole })),
      line('Source', nameView(event.source, { most: whole })),
      line('Event time', timeView(event.timestamp, 'precise')),
      line('Committed', timeView(event.processed_at, 'precise'))),
    element('p', { class: 'buttons' }, linksOf(event)),
    element('h3', {}, 'Payload'),
    event.payload === null
      ? element('p', { class: 'soft' }, 'no payload')
      : element('pre', { tabindex: 0, class: 'payload' }, json.text(event.payload, true)),
    element('p', { class: 'buttons' },
      copyButton('Copy the event', () => json.text(event, true)),
      event.payload === null ? null : copyButton('Copy the payload', () => json.text(event.payload)),
      copyButton('Copy the link', permalink)),
  ];
}

function linksOf(event) {
  const at = new Date(event.timestamp).getTime();
  const times = { since: new Date(at - around).toISOString(), until: new Date(at + around).toISOString() };
  const link = (words, href) => element('a', { href }, words);
  return [
    link('This topic', exploreAddress({ topic: event.topic })),
    link('This source', exploreAddress({ source: event.source })),
    link('Around this time', exploreAddress(times)),
    link('Around this time in this topic', exploreAddress({ topic: event.topic, ...times })),
    link('Dead events of this topic', deadAddress({ topic: event.topic })),
    link('As JSON', pathOf({ topic: event.topic, id: event.event_id })),
  ];
}

/** Returns the nodes for a key that no stored event has. */
export function missingView(key) {
  return [
    element('p', {}, 'No event with this topic and this id is stored. It may have been deleted, or it is dead.'),
    element('dl', { class: 'lines' }, line('Topic', nameView(key.topic, { most: Infinity })),
      line('Event id', nameView(key.id, { most: Infinity }))),
    element('p', { class: 'buttons' },
      element('a', { href: withQuery('dead', { topic: key.topic, republished: 'any' }) }, 'Dead events of this topic'),
      element('a', { href: exploreAddress({ topic: key.topic }) }, 'This topic')),
  ];
}

/** Returns the nodes for an event that could not be asked for. */
export function failureView(error) {
  const isExpected = error instanceof Problem || error instanceof Unreachable;
  if (!isExpected) throw error;
  return [element('p', { role: 'alert' }, `The event is not known: ${error.message}`)];
}

/** Returns the whole address of this page. */
export const permalinkOf = (query) => new URL(`explore${query}`, base).href;
