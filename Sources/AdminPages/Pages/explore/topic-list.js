// All topics, to look one up: by a prefix, in three orders, page by page.

import { Problem, Unreachable, json, withQuery } from './api.js';
import { element, find, say } from './dom.js';
import { ago, count, counted } from './format.js';
import { topicLink } from './links.js';

const pageRows = 50;

export class TopicList {
  #fold = find('#topics');
  #form = find('#topic-filter');
  #body = find('#topics tbody');
  #line = find('#topics-line');
  #more = find('#more-topics');
  #cursor = null;
  #number = 0;

  constructor() {
    let timer = null;
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#load(), 200);
    });
    this.#more.addEventListener('click', () => this.#load(this.#cursor));
    this.#fold.addEventListener('toggle', () => { if (this.#fold.open) this.#load(); });
    if (location.hash === '#topics') this.#fold.open = true;
  }

  async #load(cursor = null) {
    const { prefix, order } = Object.fromEntries(new FormData(this.#form));
    const number = this.#number += 1;
    say(this.#line, 'Asking …');
    try {
      const page = await json(withQuery('topics', { prefix, order, limit: pageRows, cursor }));
      if (number === this.#number) this.#show(page, cursor !== null);
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      say(this.#line, `The topics are not known: ${error.message}`);
    }
  }

  #show(page, isMore) {
    const rows = page.topics.map(({ topic, events, last_timestamp: last }) => element('tr', {},
      element('th', { scope: 'row', class: 'name' }, topicLink(topic)),
      element('td', { class: 'figure' }, count(events)),
      element('td', { class: 'time', title: last }, ago(last))));
    if (isMore) this.#body.append(...rows);
    else this.#body.replaceChildren(...rows);
    this.#cursor = page.next_cursor;
    this.#more.hidden = page.next_cursor === null;
    say(this.#line, `${count(this.#body.rows.length)} of ${counted(page.topics_count, 'topic')} with `
      + `${counted(page.events_count, 'event')}`);
  }
}
