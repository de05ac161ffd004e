// The producers: connected ones first, then the most recently seen. The server orders and counts them.

import { json, withQuery } from './api.js';
import { element, find, say } from './dom.js';
import { ago, count, counted } from './format.js';
import { producerLink } from './links.js';
import { nameView } from './names.js';

const shown = 12;
const body = find('#producers tbody');
const note = find('#producers-note');
const publishers = find('#publishers tbody');

/** Asks for the connected producers, and for the others. */
export async function loadProducers() {
  const ask = (connected, order) => json(withQuery('producers', { connected, order, limit: shown }));
  const [connected, others] = await Promise.all([ask('1', 'received'), ask('0', 'seen')]);
  return { connected, others };
}

/** Shows the answers of `loadProducers`. */
export function showProducers({ connected, others }) {
  const producers = [...connected.producers, ...others.producers].slice(0, shown);
  body.replaceChildren(...(producers.length > 0 ? producers.map(rowOf) : [emptyRow('No producer yet.')]));
  const total = connected.producers_count + others.producers_count;
  say(note, total > 0 ? `${count(connected.producers_count)} connected of ${counted(total, 'producer')}` : '');
  const recent = connected.http_publishers.toSorted((one, other) => other.last_at.localeCompare(one.last_at));
  publishers.replaceChildren(
    ...(recent.length > 0 ? recent.slice(0, shown).map(publisherRow) : [emptyRow('No request yet.')]));
}

function publisherRow(publisher) {
  const name = publisher.by === 'others' ? 'all further ones' : nameView(publisher.name);
  return element('tr', {},
    element('th', { scope: 'row', class: 'name', title: publisher.by }, name),
    element('td', {}, ago(publisher.last_at)),
    ...['received', 'duplicate', 'dead', 'requests'].map((figure) =>
      element('td', { class: 'figure' }, count(publisher[figure]))));
}

function rowOf(producer) {
  const isConnected = producer.connections > 0;
  return element('tr', {},
    element('th', { scope: 'row', class: 'name' }, producerLink(producer.producer, producer.name), ' ',
      element('span', { class: 'uuid', title: producer.producer }, producer.producer.slice(0, 8))),
    element('td', {}, element('span', { class: isConnected ? 'state connected' : 'state' },
      isConnected ? 'connected' : `seen ${ago(producer.seen_at)}`)),
    element('td', { class: 'figure' }, count(producer.received)),
    element('td', { class: 'figure' }, count(producer.duplicate)),
    element('td', { class: 'figure' }, count(producer.dead)),
    element('td', { class: 'figure' }, count(producer.unsettled.batches)));
}

function emptyRow(text) {
  return element('tr', {}, element('td', { class: 'empty', colspan: 6 }, text));
}
