// The page of the producers: filter, order, pages, and one of them whole.

import { json, withQuery } from './api.js';
import { Drawer, line } from './drawer.js';
import { element, find, say } from './dom.js';
import { ago, bytes, count, counted, duration } from './format.js';
import { deadAddress, exploreAddress, producerAddress, producerLink } from './links.js';
import { ListPage } from './list-page.js';
import { nameView, visible } from './names.js';
import { beginPage } from './page.js';
import { timeView } from './times.js';

beginPage();

const pageRows = 100;

const body = find('#producers tbody');
let producers = [];
let opened = null;

const drawer = new Drawer(() => {
  const { shown, ...rest } = list.parameters;
  list.go(rest);
});

/** Asks for a page. */
function load({ q = '', order, ...filter }) {
  return json(withQuery('producers', { ...filter, q, order: order || 'seen', limit: pageRows }));
}

function show(page, { order }) {
  producers = page.producers;
  body.replaceChildren(...(producers.length > 0 ? producers.map(rowOf) : [emptyRow()]));
  const number = counted(producers.length, 'producer');
  const total = page.producers_count;
  say(find('#list-line'), total === producers.length ? number : `${number} of ${count(total)}`);
  for (const head of document.querySelectorAll('[data-order]')) {
    const isOrder = head.dataset.order === (order || 'seen');
    const direction = head.dataset.order === 'name' ? 'ascending' : 'descending';
    head.closest('th').setAttribute('aria-sort', isOrder ? direction : 'none');
  }
  if (opened) showWhole(opened);
  return page.next_cursor;
}

function emptyRow() {
  return element('tr', {}, element('td', { class: 'empty', colspan: 8 }, 'No producer meets these conditions.'));
}

function rowOf(producer) {
  const figures = ['received', 'unique', 'duplicate', 'dead'].map((figure) =>
    element('td', { class: 'figure' }, count(producer[figure])));
  return element('tr', {},
    element('th', { scope: 'row', class: 'name' }, producerLink(producer.producer, producer.name), ' ',
      nameView(producer.producer, { href: producerAddress(producer.producer), most: 8, title: 'Show it whole' })),
    element('td', { class: 'name' }, nameView(producer.owner, { empty: '–' })),
    element('td', {}, stateOf(producer)), ...figures,
    element('td', { class: 'figure' }, count(producer.unsettled.batches)));
}

function stateOf({ connections, seen_at: seen }) {
  return connections > 0
    ? element('span', { class: 'state connected' }, connections > 1 ? `${connections} connections` : 'connected')
    : element('span', { class: 'state', title: seen }, `seen ${ago(seen)}`);
}

/** Shows one producer in the drawer. It may be on another page of the list. */
function showWhole(uuid) {
  opened = uuid;
  if (uuid === null) return drawer.hide();
  const known = producers.find(({ producer }) => producer === uuid);
  if (known) return drawer.show(`Producer ${visible(known.name) || uuid}`, whole(known));
  if (drawer.isOpen || producers.length === 0) return;
  const words = element('p', {}, 'It is not on this page of the list.');
  drawer.show(`Producer ${uuid}`, [words, linksOf({ producer: uuid })]);
}

function whole(producer) {
  const { quota, unsettled } = producer;
  return [
    element('dl', { class: 'lines' },
      line('Name', nameView(producer.name, { most: Infinity })), line('UUID', producer.producer),
      line('Owner', nameView(producer.owner, { most: Infinity, empty: 'no owner: the server has no keys' })),
      line('State', stateOf(producer)), line('Last seen', timeView(producer.seen_at, 'full')),
      line('Received', counted(producer.received, 'event'), ' in ', counted(producer.batches, 'batch', 'batches')),
      line('Stored', count(producer.unique)), line('Duplicates', count(producer.duplicate)),
      line('Dead', count(producer.dead)),
      line('Unsettled here', `${counted(unsettled.batches, 'batch', 'batches')}, ${bytes(unsettled.bytes)}`),
      line('Session', count(producer.session)), line('Settled up to', `batch ${count(producer.floor)}`),
      line('Quota', quota ? quotaWords(quota) : 'no quota')),
    linksOf(producer),
  ];
}

/** Returns a quota in words. */
function quotaWords({ events, bytes: size, held_back: isHeldBack, reason, resumes_in_seconds: rest }) {
  const bounds = [events && `${count(events)} events/s`, size && `${bytes(size)}/s`].filter(Boolean).join(', ');
  if (!isHeldBack) return `${bounds || 'connections alone'}; not used up`;
  return `${bounds}; held back: ${reason}${rest ? `, for ${duration(rest)}` : ''}`;
}

function linksOf({ producer, name }) {
  return element('p', { class: 'buttons' },
    name ? element('a', { href: exploreAddress({ source: name }) }, 'Events whose source has its name') : null,
    element('a', { href: deadAddress({ producer, republished: 'any' }) }, 'Its dead events'));
}

const list = new ListPage({
  name: 'producers', names: ['q', 'connected', 'order'], load, show, opened: showWhole,
});
