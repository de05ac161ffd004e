// Names of producers as they can be looked at safely. A name is arbitrary text: it may have characters that are
// invisible, or that turn the letters around them.

import { element } from './dom.js';

/** Characters without a picture of their own: controls, direction marks, fillers, blanks that are not U+0020. */
const hidden = new RegExp('[\\p{C}\\p{Zl}\\p{Zp}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2800\\u3164'
  + '\\ufe00-\\ufe0f\\uffa0\\u{e0100}-\\u{e01ef}]|(?! )\\p{Zs}', 'u');

/** A mark that is written above or below the letter before it. */
const mark = /\p{M}/u;

/** Marks that one letter may have. Further ones are shown as codes, because a pile of them covers other lines. */
const mostMarks = 4;

const codeOf = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Returns a name in parts, `{text, code}`: plain text with the code null, and single characters with their code. Blanks
 * at the beginning and at the end have codes, too.
 */
export function partsOf(name) {
  const begin = name.length - name.trimStart().length;
  const end = name.trimEnd().length;
  const parts = [];
  let at = 0;
  let marks = 0;
  for (const character of name) {
    marks = mark.test(character) ? marks + 1 : 0;
    const isBlank = character === ' ' && (at < begin || at >= end);
    at += character.length;
    const code = isBlank || hidden.test(character) || marks > mostMarks ? codeOf(character) : null;
    if (code === null && parts.at(-1)?.code === null) parts.at(-1).text += character;
    else parts.push({ text: character, code });
  }
  return parts;
}

const shownCode = (code) => (code === 'U+0020' ? '␣' : `⟨${code}⟩`);

/** Returns a name as plain text with codes for the characters that cannot be seen: `a⟨U+202E⟩b`, `␣a`. */
export function visible(name) {
  return partsOf(name).map(({ text, code }) => (code === null ? text : shownCode(code))).join('');
}

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Returns the first `most` letters of plain text, and whether that is all. A letter keeps its marks. */
export function clamped(text, most) {
  if (text.length <= most) return { text, isWhole: true };
  const found = [];
  for (const { segment } of letters.segment(text)) {
    if (found.length === most) return { text: found.join(''), isWhole: false };
    found.push(segment);
  }
  return { text, isWhole: true };
}

/** Letters of a name that a list shows; the drawer shows all of them. */
export const usualLetters = 60;

/** Returns the nodes that show a name: text, and marks for the characters that cannot be seen. */
function nodesOf(name, most) {
  const nodes = [];
  let rest = most;
  for (const { text, code } of partsOf(name)) {
    if (rest <= 0) return [...nodes, '…'];
    if (code === null) {
      const part = clamped(text, rest);
      nodes.push(part.text);
      if (!part.isWhole) return [...nodes, '…'];
      rest -= part.text.length;
    } else {
      nodes.push(element('span', { class: 'mark', title: code === 'U+0020' ? 'a blank' : code }, shownCode(code)));
      rest -= code.length;
    }
  }
  return nodes;
}

/**
 * Returns an element that shows a name; a link when it has an address. The text cannot change the direction or the
 * place of what is next to it. `most` is the number of letters that are shown.
 */
export function nameView(name, { href = null, most = usualLetters, title = null, empty = 'unnamed' } = {}) {
  if (name === null || name === undefined) return element('span', { class: 'soft' }, '–');
  if (name === '') return element('span', { class: 'soft' }, empty);
  const nodes = nodesOf(name, most);
  const isCut = nodes.at(-1) === '…';
  return element(href ? 'a' : 'span', { class: 'safe', href, title: isCut ? visible(name) : title }, nodes);
}
