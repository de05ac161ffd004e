// Descriptions in a subset of CommonMark: paragraphs and `code`.

import { element } from './dom.js';

/** Returns the paragraphs of a description; empty without a description. */
export function prose(text) {
  if (!text) return [];
  return text.split(/\n\s*\n/).map((paragraph) => element('p', {}, ...spans(paragraph.trim())));
}

/** Returns text with the parts between backticks as code. */
function spans(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));
}
