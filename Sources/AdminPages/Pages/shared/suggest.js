// Suggests topics for a field, by asking the server for those that begin with what was typed.

import { Problem, Unreachable, json, withQuery } from './api.js';
import { element } from './dom.js';

/** Milliseconds without a key press before the server is asked. */
const pause = 200;

/** Topics that are suggested, those with the most events first. */
const most = 20;

let number = 0;

/** Suggests topics for the text field `input`. */
export function suggestTopics(input) {
  const list = element('datalist', { id: `topic-names-${(number += 1)}` });
  input.after(list);
  input.setAttribute('list', list.id);
  let timer = null;
  let asked = null;

  async function ask() {
    const prefix = input.value.replace(/\*$/, '');
    if (prefix === asked) return;
    asked = prefix;
    try {
      const { topics } = await json(withQuery('topics', { prefix, order: 'events', limit: most }));
      if (asked === prefix) list.replaceChildren(...topics.map(({ topic }) => element('option', { value: topic })));
    } catch (error) {
      // Without suggestions the field works, too.
      asked = null;
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    }
  }

  input.addEventListener('focus', ask);
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
}
