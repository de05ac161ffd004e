// The producers: connected ones first, then the most recently seen.

import { element, find, say } from './dom.js';
import { ago, count, counted, visible } from './format.js';

const shown = 12;
const body = find('#producers tbody');
const note = find('#producers-note');
const publishers = find('#publishers tbody');

/** Shows an answer of `/producers`. */
export function showProducers(page) {
  const producers = page.producers.toSorted((one, other) =>
    other.connections - one.connections || other.seen_at.localeCompare(one.seen_at));
  body.replaceChildren(...(producers.length > 0 ? producers.slice(0, shown).map(rowOf) : [emptyRow('No producer yet.')]));
  const connected = producers.filter(({ connections }) => connections > 0).length;
  const all = page.next_cursor ? `the first ${count(page.count)}` : counted(page.count, 'producer');
  say(note, `${count(connected)} connected of ${all}`);
  const recent = page.http_publishers.toSorted((one, other) => other.last_at.localeCompare(one.last_at));
  publishers.replaceChildren(
    ...(recent.length > 0 ? recent.slice(0, shown).map(publisherRow) : [emptyRow('No request yet.')]));
}

function publisherRow(publisher) {
  const name = publisher.by === 'others' ? 'all further ones' : visible(publisher.name) || 'unnamed';
  return element('tr', {},
    element('th', { scope: 'row', class: 'name', title: publisher.by }, name),
    element('td', {}, ago(publisher.last_at)),
    ...['received', 'duplicate', 'dead', 'requests'].map((figure) =>
      element('td', { class: 'figure' }, count(publisher[figure]))));
}

function rowOf(producer) {
  const isConnected = producer.connections > 0;
  return element('tr', {},
    element('th', { scope: 'row', class: 'name', title: producer.producer }, visible(producer.name) || 'unnamed',
      ' ', element('span', { class: 'uuid' }, producer.producer.slice(0, 8))),
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
