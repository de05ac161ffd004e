// The topics or sources with the most events of a search, each as a link that narrows it.

import { element, find, say, shape } from './dom.js';
import { count } from './format.js';
import { nameView } from './names.js';
import { filtered, write } from './state.js';

const list = find('#facets');
const title = find('#facets-title');

/** Shows the groups of the counted bars for a state that divides them. */
export function showFacets(state, bars) {
  const groups = state.group ? bars.groups : [];
  list.parentElement.hidden = groups.length === 0;
  say(title, state.group === 'topic' ? 'Topics in these events' : 'Sources in these events');
  const most = Math.max(1, ...groups.map(({ events }) => events));
  list.replaceChildren(...groups.map(({ name, events }) => element('li', {},
    name === null ? element('span', { class: 'soft' }, 'all others') : nameView(name, { href: addressOf(state, name) }),
    element('span', { class: 'number soft' }, count(events)),
    shape('svg', { class: 'bar', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      shape('rect', { width: 100, height: 4 }), shape('rect', { width: 100 * events / most, height: 4 })))));
}

function addressOf(state, name) {
  return `explore${write({ ...filtered(state, { [state.group]: name }), group: '' })}`;
}
