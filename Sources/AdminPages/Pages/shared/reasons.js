// Why an event is dead, in words, and what would mend it.

const names = { topic: 'topic', source: 'source', event_id: 'event id' };

const ofNames = Object.entries(names).flatMap(([field, name]) => [
  [`${field}_length`, `The ${name} is empty or has more than 255 characters.`, `Give a shorter ${name}.`],
  [`${field}_text`, `The ${name} is not valid UTF-8, or has a zero character.`, `Write the ${name} again.`],
]);

/** The reasons of the server: what is wrong, and what to change. */
const words = new Map([
  ...ofNames,
  ['timestamp_range', 'The time is outside the years 1 to 9999.', 'Give the time of the event.'],
  ['payload_length', 'The payload is longer than the server permits.', 'Shorten the payload.'],
  ['payload_text', 'The payload is not valid UTF-8.', 'Write the payload again.'],
  ['payload_syntax', 'The payload is not JSON.', 'Correct the JSON of the payload.'],
  ['payload_depth', 'The payload is nested deeper than the server permits.', 'Nest the payload less deeply.'],
  ['payload_number', 'A number in the payload is too large for the database.', 'Write a smaller number, or a text.'],
  ['payload_escape', 'A text in the payload has a zero character or half of a pair.', 'Remove that character.'],
  ['event_form', 'The text is not an event: a member is missing, unknown, repeated, or of a wrong type.',
    'Fill in the fields of the event.'],
  ['refused_by_database', 'The database refused the event.', 'The server tries it again by itself, for a week.'],
  ['quarantined', 'The batch of the event lost its database connection too often.',
    'The server tries it again by itself, for a week.'],
].map(([reason, what, mend]) => [reason, { what, mend }]));

/** All reasons, in the order of the fields of an event. */
export const reasons = [...words.keys()];

/** Returns what is wrong with a dead event and what to change, `{what, mend}`. */
export function reasonWords(reason) {
  return words.get(reason) ?? { what: `The reason is ${reason}.`, mend: '' };
}

/** Returns what a reason is about: `topic`, `source`, `event_id`, `timestamp`, `payload`, or the whole `event`. */
export function fieldOf(reason) {
  const name = Object.keys(names).find((field) => reason.startsWith(`${field}_`));
  if (name) return name;
  return { timestamp_range: 'timestamp', event_form: 'event' }[reason] ?? 'payload';
}
