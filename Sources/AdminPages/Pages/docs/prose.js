// Descriptions: paragraphs and `code`, of all that CommonMark has.

import { element } from './dom.js';

/** The paragraphs of a description; none when there is no description. */
export function prose(text) {
  if (!text) return [];
  return text.split(/\n\s*\n/).map((paragraph) => element('p', {}, ...spans(paragraph.trim())));
}

/** Text with what is between backticks as code. */
function spans(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));
}
