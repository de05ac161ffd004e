// A part of the page, whose figures are fresh or from before.

import { Problem, Unreachable } from './api.js';
import { find, say } from './dom.js';
import { time } from './format.js';

/** One or more cards that one question fills. */
export class Section {
  #cards;
  #filled = null;

  /** @param {string[]} ids of the cards */
  constructor(...ids) {
    this.#cards = ids.map((id) => find(`#${id}`));
  }

  /** The element inside the first card that `selector` finds. */
  find(selector) {
    return find(selector, this.#cards[0]);
  }

  /**
   * Asks with `question` and gives the answer to `show`; where none comes, what is shown is marked as old.
   * @returns whether an answer came
   */
  async fill(question, show) {
    try {
      show(await question());
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
