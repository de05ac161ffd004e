// A part of the page, with current or older figures.

import { Problem, Unreachable } from './api.js';
import { find, say } from './dom.js';
import { stamp } from './times.js';

/** Returns a remark about figures that were never there. */
function remarkOf(error) {
  return error instanceof Problem && error.status === 403 ? 'Not for this key' : 'Not known yet';
}

/** One or more cards that one request fills. */
export class Section {
  #cards;
  #filled = null;
  /** Why there was no answer to the last request; empty after an answer. */
  reason = '';

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
      this.#mark(this.#filled === null ? remarkOf(error) : `From ${stamp(this.#filled)}`, error.message);
      return false;
    }
  }

  #mark(remark, reason = '') {
    this.reason = reason;
    for (const card of this.#cards) {
      card.classList.toggle('old', remark !== null);
      const place = find('.as-of', card);
      place.hidden = remark === null;
      place.title = reason;
      say(place, remark ?? '');
    }
  }
}
