// A page with a filter, a list and pages of it, whose state is the query of its address.

import { keyEntered, withQuery } from './api.js';
import { find, say } from './dom.js';
import { Section } from './section.js';

/**
 * The list of the page `name`, which is also the id of its card. `load(parameters)` returns an answer,
 * `show(answer, parameters)` shows it and returns its `next_cursor`. `opened(shown)` is told the row that the address
 * shows whole, or null. `names` are the parameters with a field in the form.
 */
export class ListPage {
  #options;
  #form = find('#filter');
  #section;
  #number = 0;

  constructor(options) {
    this.#options = options;
    this.#section = new Section(options.name);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    for (const choice of this.#form.querySelectorAll('select')) choice.addEventListener('change', () => this.#submit());
    find('#clear').addEventListener('click', () => this.go({}));
    window.addEventListener('popstate', () => this.render());
    document.addEventListener(keyEntered, () => this.render());
    document.addEventListener('click', (event) => this.#follow(event));
    this.render();
  }

  /** The parameters of the address. */
  get parameters() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }

  /** Shows the list of other parameters, and remembers the present ones for "back". */
  go(parameters) {
    const path = withQuery(this.#options.name, parameters);
    if (path !== `${this.#options.name}${location.search}`) history.pushState(null, '', path);
    this.render();
  }

  /** Asks for the list of the address again. */
  async render() {
    const parameters = this.parameters;
    const { shown, ...filter } = parameters;
    for (const name of this.#options.names) this.#form.elements[name].value = filter[name] ?? '';
    const number = this.#number += 1;
    this.#options.opened(shown ?? null);
    const line = find('#list-line');
    say(line, 'Asking …');
    const isCurrent = () => number === this.#number;
    const isFilled = await this.#section.fill(() => this.#options.load(filter), (answer) => {
      if (isCurrent()) this.#turn(filter, this.#options.show(answer, parameters));
    });
    if (!isFilled && isCurrent()) say(line, this.#section.reason);
  }

  #submit() {
    const values = Object.fromEntries(this.#options.names.map((name) => [name, this.#form.elements[name].value]));
    for (const name of ['since', 'until', 'producer']) if (values[name]) values[name] = values[name].trim();
    this.go(values);
  }

  /** Shows the links to other pages of the list. */
  #turn(filter, cursor) {
    const { cursor: here, ...rest } = filter;
    const place = (selector, parameters, isShown) => {
      const link = find(selector);
      link.hidden = !isShown;
      link.setAttribute('href', withQuery(this.#options.name, parameters));
    };
    place('#first-page', rest, Boolean(here));
    place('#next-page', { ...rest, cursor }, cursor !== null);
  }

  /** A link into this page needs no new document. With a modifier, the browser opens a window as always. */
  #follow(event) {
    const link = event.target.closest?.('a[href]');
    const hasModifier = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const [path, query = ''] = link?.getAttribute('href').split('?') ?? [];
    if (hasModifier || event.defaultPrevented || path !== this.#options.name) return;
    event.preventDefault();
    this.go(Object.fromEntries(new URLSearchParams(query)));
  }
}
