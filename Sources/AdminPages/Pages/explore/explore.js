// The explorer: finds events. Its state is in the address, so that a link shows the same and "back" goes back.

import { keyEntered } from './api.js';
import { Counting } from './counting.js';
import { find, say } from './dom.js';
import { offerDownloads } from './download.js';
import { Drawer } from './drawer.js';
import { eventView, failureView, load, missingView, permalinkOf, titleOf } from './event-view.js';
import { showFacets } from './facets.js';
import { FilterBar } from './filter-bar.js';
import { counted } from './format.js';
import { Histogram } from './histogram.js';
import { beginPage } from './page.js';
import { Results } from './results.js';
import { filtered, isSameSearch, read, write } from './state.js';
import { stamp } from './times.js';
import { TopicList } from './topic-list.js';

beginPage();

let state = read(location.search);
let counting = null;

const bar = new FilterBar((conditions) => go({ ...state, ...conditions, shown: null }));
const drawer = new Drawer(() => go({ ...state, shown: null }));
const results = new Results((event) => go({ ...state, shown: { topic: event.topic, id: event.event_id } }));
const histogram = new Histogram((since, until) =>
  go(filtered(state, { since: new Date(since).toISOString(), until: new Date(until).toISOString() })));

/** Shows another state, and remembers the present one for "back". */
function go(next) {
  const before = state;
  state = next;
  const query = write(state);
  if (query !== location.search) history.pushState(null, '', `explore${query}`);
  render(before);
}

/** Shows the state. What is the same as `before` stays as it is. */
function render(before) {
  bar.show(state);
  find('#tail').setAttribute('aria-pressed', String(state.isTail));
  find('#group').value = state.group;
  find('#all-times').hidden = state.filters.since === '' && state.filters.until === '';
  const isSame = before !== null && isSameSearch(before, state);
  if (!isSame) results.show(state);
  if (!isSame || before.group !== state.group) count();
  showEvent();
  document.title = state.filters.topic ? `${state.filters.topic}: Sluice` : 'Sluice: explore';
}

function count() {
  counting?.close();
  const asked = state;
  counting = new Counting(asked, (data) => {
    histogram.show(data.since === undefined ? null : data);
    describe(data);
    showFacets(asked, data.bars);
  });
}

/** Says how far the count is. */
function describe({ bars, phase, reason }) {
  const far = bars.searchedUntil ? ` back to ${stamp(bars.searchedUntil, 'full')}` : '';
  const words = {
    counting: `Counting …${far && ` ${counted(bars.total, 'event')}${far}`}`,
    paused: `${counted(bars.total, 'event')}${far}; earlier ones are not counted`,
    ended: counted(bars.total, 'event'), empty: 'No event to count', refused: `Not counted: ${reason}`,
    waiting: `No answer; asking again. ${reason}`,
  };
  const line = find('#count-line');
  say(line, words[phase]);
  line.dataset.phase = phase;
  find('#count-more').hidden = phase !== 'paused';
}

/** Shows the event of the state in the drawer. */
async function showEvent() {
  const key = state.shown;
  results.mark(key);
  if (key === null) return drawer.hide();
  const isCurrent = () => state.shown?.topic === key.topic && state.shown.id === key.id;
  const query = write(state);
  try {
    const event = await load(key);
    if (!isCurrent()) return;
    drawer.show(titleOf(key), event ? eventView(event, () => permalinkOf(query)) : missingView(key));
  } catch (error) {
    if (isCurrent()) drawer.show(titleOf(key), failureView(error));
  }
  for (const [id, step] of [['#previous', -1], ['#next', 1]]) find(id).disabled = results.neighbour(key, step) === null;
}

/** Goes to the event above or below the shown one. */
function step(by) {
  const next = state.shown && results.neighbour(state.shown, by);
  if (next) go({ ...state, shown: { topic: next.topic, id: next.event_id } });
}

find('#previous').addEventListener('click', () => step(-1));
find('#next').addEventListener('click', () => step(1));
find('#tail').addEventListener('click', () => go({ ...state, isTail: !state.isTail }));
find('#group').addEventListener('change', ({ target }) => go({ ...state, group: target.value }));
find('#count-more').addEventListener('click', () => counting.more());
find('#all-times').addEventListener('click', () => go(filtered(state, { since: '', until: '' })));

window.addEventListener('popstate', () => {
  const before = state;
  state = read(location.search);
  render(before);
});

// A link into this page needs no new document. With a modifier, the browser opens a window as always.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  const hasModifier = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!link || hasModifier || event.defaultPrevented || !/^explore(\?|$)/.test(link.getAttribute('href'))) return;
  event.preventDefault();
  const next = read(new URL(link.href).search);
  // An event of the list opens beside the list, whose conditions stay.
  go(link.closest('#event-table') && next.shown ? { ...state, shown: next.shown } : next);
});

document.addEventListener(keyEntered, () => render(null));
offerDownloads(() => state);
new TopicList();
render(null);
