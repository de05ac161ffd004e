// The form with the conditions of a search.

import { element, find } from './dom.js';
import { filterNames } from './state.js';
import { suggestTopics } from './suggest.js';

/** Conditions about fields of the payload that the server takes at most. */
const mostFields = 8;

export class FilterBar {
  #form = find('#filter');
  #fields = find('#fields');
  #add = find('#add-field');
  #range = find('#range');
  #changed;

  /** `changed({filters, fields})` is called when the reader searches. */
  constructor(changed) {
    this.#changed = changed;
    suggestTopics(this.#form.elements.topic);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#tell();
    });
    find('#clear').addEventListener('click', () => {
      this.show({ filters: { by: 'event_time', order: 'desc' }, fields: [] });
      this.#tell();
    });
    this.#add.addEventListener('click', () => this.#addField().querySelector('input').focus());
    this.#range.addEventListener('change', () => {
      if (this.#range.value === 'own') return this.#form.elements.since.focus();
      this.#form.elements.since.value = this.#range.value;
      this.#form.elements.until.value = '';
      this.#tell();
    });
    for (const name of ['by', 'order']) this.#form.elements[name].addEventListener('change', () => this.#tell());
  }

  /** Shows the conditions of a state. */
  show({ filters, fields }) {
    for (const name of filterNames) this.#form.elements[name].value = filters[name] ?? '';
    this.#fields.replaceChildren();
    for (const [path, value] of fields) this.#addField(path, value);
    this.#showRange(filters);
    // Conditions that are folded away would be forgotten.
    const hasMore = fields.length > 0 || ['event_id', 'q'].some((name) => filters[name])
      || filters.by !== 'event_time' || filters.order !== 'desc';
    if (hasMore) find('#more').open = true;
  }

  #showRange({ since = '', until = '' }) {
    const choices = [...this.#range.options].map(({ value }) => value);
    this.#range.value = until === '' && choices.includes(since) ? since : 'own';
    find('#own-range').hidden = this.#range.value !== 'own';
  }

  #tell() {
    const { elements } = this.#form;
    // A name may begin and end with blanks. Times and fields may not.
    const filters = Object.fromEntries(filterNames.map((name) => [name, elements[name].value]));
    for (const name of ['since', 'until']) filters[name] = filters[name].trim();
    const rows = [...this.#fields.children].map((row) => [...row.querySelectorAll('input')].map(({ value }) => value));
    const fields = rows.map(([path, value]) => [path.trim(), value]).filter(([path]) => path !== '');
    this.#changed({ filters, fields });
  }

  #addField(path = '', value = '') {
    const input = (label, text, placeholder) => element('input', {
      value: text, placeholder, 'aria-label': label, maxlength: 1000, spellcheck: 'false',
    });
    const remove = element('button', { type: 'button', 'aria-label': 'Remove this condition' }, '×');
    const row = element('span', { class: 'field' }, input('Field of the payload', path, 'customer.id'), ' = ',
      input('Value', value, '7'), remove);
    remove.addEventListener('click', () => {
      row.remove();
      this.#add.disabled = false;
      this.#add.focus();
    });
    this.#fields.append(row);
    this.#add.disabled = this.#fields.children.length >= mostFields;
    return row;
  }
}
