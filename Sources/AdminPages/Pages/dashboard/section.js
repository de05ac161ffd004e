// A part of the page, with current or older figures.

import { Problem, Unreachable } from './api.js';
import { find, say } from './dom.js';
import { time } from './format.js';

/** One or more cards that one request fills. */
export class Section {
  #cards;
  #filled = null;

  /** @param {string[]} ids the ids of the cards */
  constructor(...ids) {
    this.#cards = ids.map((id) => find(`#${id}`));
  }

  /** Returns the element that `selector` finds in the first card. */
  find(selector) {
    return find(selector, this.#cards[0]);
  }

  /**
   * Calls `load` and passes the answer to `show`. Without an answer, the shown figures are marked as old.
   * @returns whether there was an answer
   */
  async fill(load, show) {
    try {
      show(await load());
      this.#filled = Date.now();
      this.#mark(null);
      return true;
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      this.#mark(this.#filled === null ? 'Not known yet' : `From ${time(this.#filled)}`, error.message);
      return false;
    }
  }

  #mark(remark, reason = '') {
    for (const card of this.#cards) {
      card.classList.toggle('old', remark !== null);
      const place = find('.as-of', card);
      place.hidden = remark === null;
      place.title = reason;
      say(place, remark ?? '');
    }
  }
}
