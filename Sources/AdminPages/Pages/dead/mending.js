// The edit of a dead event before it is published again.

import * as json from './json.js';
import { textOf } from './raw-bytes.js';
import { fieldOf } from './reasons.js';

const names = ['topic', 'event_id', 'source', 'timestamp', 'payload'];

/**
 * Returns the fields of a dead event to edit: their `values` as far as they are known, `placeholders` for others, and
 * what the server has `kept` as a field, which need not be sent. `raw` are the bytes of the field that the reason
 * names.
 */
export function draftOf(event, raw) {
  const isWhole = raw.length >= event.byte_count;
  const text = textOf(raw, !isWhole);
  const wrong = fieldOf(event.reason);
  const values = Object.fromEntries(names.map((name) => [name, event[name] ?? '']));
  values.payload = '';
  if (wrong === 'event' && text !== null) Object.assign(values, membersOf(text));
  else if (names.includes(wrong) && wrong !== 'timestamp' && text !== null && isWhole) values[wrong] = text;
  // Of a text that is no event, the server keeps the names that it could read. The rest is in the text alone.
  const kept = Object.fromEntries(names.map((name) => [name, event[name] ?? null]));
  kept.payload = wrong === 'payload' && isWhole ? values.payload : null;
  const placeholders = Object.fromEntries(names.map((name) => [name, placeholderOf(name, values, kept)]));
  if (!isWhole) placeholders[wrong] = 'not kept whole: write it again';
  return { values, placeholders, kept };
}

function placeholderOf(name, values, kept) {
  if (values[name] !== '') return '';
  if (kept[name] !== null) return 'as it was sent';
  return name === 'payload' ? 'not kept: write it, or null' : 'not kept: write it';
}

/** Returns the members of a text that is nearly an event, as far as they are there. */
function membersOf(text) {
  try {
    const event = json.parse(text);
    const known = names.filter((name) => name in event);
    return Object.fromEntries(known.map((name) =>
      [name, typeof event[name] === 'string' && name !== 'payload' ? event[name] : json.text(event[name])]));
  } catch {
    return {};
  }
}

/**
 * Returns the body of the request: the fields that differ from what the server has kept. Undefined stands for none: the
 * event as it was sent. A payload that is not JSON is a `problem`, in words.
 */
export function bodyOf(draft, edited) {
  const members = [];
  for (const name of names) {
    const value = edited[name];
    if (value === draft.kept[name] || (value === '' && (name !== 'payload' || draft.values.payload === ''))) continue;
    if (name === 'payload') {
      if (!isJSON(value)) return { problem: 'The payload is not JSON: nothing was sent.' };
      members.push(`"payload": ${value.trim() === '' ? 'null' : value}`);
    } else {
      members.push(`${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    }
  }
  return { body: members.length > 0 ? `{${members.join(', ')}}` : undefined, problem: null };
}

function isJSON(text) {
  if (text.trim() === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
