// The page of the dead events: filter, pages, and one of them whole, which can be mended and published again.

import { json, withQuery } from './api.js';
import { Drawer } from './drawer.js';
import { element, find, say } from './dom.js';
import { bytes, counted } from './format.js';
import { deadAddress, sourceLink, topicLink } from './links.js';
import { ListPage } from './list-page.js';
import { nameView } from './names.js';
import { beginPage } from './page.js';
import { reasons, reasonWords } from './reasons.js';
import { deadView } from './dead-view.js';
import { timeView } from './times.js';

beginPage();

const pageRows = 100;
const body = find('#dead tbody');
const idOf = (event) => String(event.dead_id);
let events = [];
let opened = null;
/** The id of the event in the drawer, whose form may have been edited. */
let shownID = null;

for (const reason of reasons) {
  const words = reasonWords(reason).what.replace(/\.$/, '');
  find('#filter').elements.reason.append(element('option', { value: reason }, words));
}

const drawer = new Drawer(() => {
  const { shown, ...rest } = list.parameters;
  list.go(rest);
});

const load = (filter) => json(withQuery('dead', { ...filter, limit: pageRows }));

function show(page) {
  events = page.dead_events;
  body.replaceChildren(...(events.length > 0 ? events.map(rowOf) : [emptyRow()]));
  say(find('#list-line'), events.length === 0 ? '' : page.next_cursor ? `${counted(events.length, 'event')}, and more`
    : counted(events.length, 'event'));
  if (opened) showWhole(opened);
  return page.next_cursor;
}

function emptyRow() {
  const isFiltered = location.search !== '';
  const text = isFiltered ? 'No dead event meets these conditions.' : 'None: all events could be stored.';
  return element('tr', {}, element('td', { class: 'empty', colspan: 7 }, text));
}

function rowOf(event) {
  const { shown, ...rest } = list.parameters;
  const href = withQuery('dead', { ...rest, shown: idOf(event) });
  return element('tr', { class: event.republished_at ? 'gone' : null, 'data-id': idOf(event) },
    element('td', { class: 'time' }, timeView(event.at)),
    element('th', { scope: 'row', class: 'name', title: event.reason },
      element('a', { href }, reasonWords(event.reason).what),
      event.republished_at ? element('p', { class: 'fine small' }, 'Published again ', timeView(event.republished_at))
        : null),
    element('td', { class: 'name' }, topicLink(event.topic)),
    element('td', { class: 'key' }, nameView(event.event_id, { href })),
    element('td', { class: 'name' }, sourceLink(event.source)),
    element('td', { class: 'key' }, nameView(event.producer, {
      href: deadAddress({ producer: event.producer }), most: 8, title: 'Dead events of this producer' })),
    element('td', { class: 'figure' }, bytes(event.byte_count)));
}

/** Shows one event in the drawer. It may be on another page of the list. */
function showWhole(id) {
  opened = id;
  if (id !== shownID) drawer.hide();
  const event = id === null ? null : events.find((each) => idOf(each) === id);
  // What the reader has written stays while the list is refreshed.
  if (id === shownID && drawer.isOpen) return;
  if (!event) {
    if (id === null || events.length === 0) return;
    const words = 'It is not on this page of the list: others are newer, or it was published again or deleted.';
    return drawer.show('Dead event', [element('p', {}, words)]);
  }
  shownID = id;
  drawer.show('Dead event', deadView(event, () => list.render()));
}

const list = new ListPage({
  name: 'dead',
  names: ['topic', 'source', 'reason', 'producer', 'since', 'until', 'republished', 'order'],
  load, show, opened: showWhole,
});
