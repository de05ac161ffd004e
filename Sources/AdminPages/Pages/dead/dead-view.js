// One dead event whole: the reason in words, the bytes, and a form to mend it and to publish it again.

import { Problem, Unreachable, post } from './api.js';
import { copyButton, line } from './drawer.js';
import { element, say } from './dom.js';
import { bytes as size, counted } from './format.js';
import { eventAddress } from './links.js';
import { bodyOf, draftOf } from './mending.js';
import { nameView } from './names.js';
import { decoded, dump, roughText } from './raw-bytes.js';
import { fieldOf, reasonWords } from './reasons.js';
import { timeView } from './times.js';

const fieldNames = {
  topic: 'Topic', event_id: 'Event id', source: 'Source', timestamp: 'Event time', payload: 'Payload',
};

/** Returns the nodes that show a dead event. `done` is called after the event was published again. */
export function deadView(event, done) {
  const { what, mend } = reasonWords(event.reason);
  const raw = decoded(event.bytes);
  return [
    element('p', { class: 'failed' }, what), element('p', {}, mend),
    event.detail ? element('p', { class: 'small' }, `The database said: ${event.detail}`) : null,
    element('dl', { class: 'lines' },
      line('Topic', nameView(event.topic, { most: Infinity })),
      line('Event id', nameView(event.event_id, { most: Infinity })),
      line('Source', nameView(event.source, { most: Infinity })),
      line('Event time', timeView(event.timestamp, 'precise')), line('Dead since', timeView(event.at, 'full')),
      line('Producer', event.producer), line('Batch', `${event.sequence}, position ${event.position}`),
      line('Published again', event.republished_at ? timeView(event.republished_at, 'full') : 'no')),
    ...rawView(event, raw), ...mendView(event, raw, done),
  ].filter((node) => node !== null);
}

/** Returns the bytes as text and as numbers, and says what of them is missing. */
function rawView({ reason, byte_count: whole }, raw) {
  const field = fieldNames[fieldOf(reason)] ?? 'Event';
  const isCut = raw.length < whole;
  const words = isCut
    ? `Cut: the server kept the first ${counted(raw.length, 'byte')} of ${counted(whole, 'byte')}.`
    : `All ${counted(whole, 'byte')}.`;
  return [
    element('h3', {}, `${field} as it was sent`),
    element('p', { class: isCut ? 'small failed' : 'small soft' }, words),
    ...(raw.length > 0 ? bytesView(raw) : []),
    copyButton('Copy the text', () => roughText(raw)),
  ];
}

function bytesView(raw) {
  return [
    element('pre', { tabindex: 0, class: 'raw' }, nameView(roughText(raw), { most: Infinity })),
    element('details', {}, element('summary', {}, `The first ${size(Math.min(raw.length, 512))} as numbers`),
      element('pre', { tabindex: 0, class: 'dump' }, dump(raw))),
  ];
}

/** Returns the form that publishes the event again, after an edit. */
function mendView(event, raw, done) {
  if (event.republished_at) {
    return [element('p', { class: 'buttons' }, 'It was published again.', storedLink(event.topic, event.event_id))];
  }
  const draft = draftOf(event, raw);
  const wrong = fieldOf(event.reason);
  const inputs = Object.entries(fieldNames).map(([field, label]) => {
    const input = field === 'payload'
      ? element('textarea', { name: field, spellcheck: 'false', placeholder: draft.placeholders[field] })
      : element('input', { name: field, spellcheck: 'false', placeholder: draft.placeholders[field] });
    input.value = draft.values[field];
    return element('label', { class: field === wrong ? 'wrong' : null }, label, input);
  });
  const answer = element('p', { role: 'status' });
  const form = element('form', { class: 'mend', 'aria-label': 'Publish again', autocomplete: 'off' },
    element('h3', {}, 'Mend and publish again'),
    element('p', { class: 'small soft' }, 'Fields that you do not change are published as they were sent.'),
    ...inputs, element('p', { class: 'buttons' },
      element('button', { type: 'submit', class: 'primary' }, 'Publish again')), answer);
  form.addEventListener('submit', (submission) => {
    submission.preventDefault();
    republish(event, draft, form, answer, done);
  });
  return [form];
}

async function republish(event, draft, form, answer, done) {
  const edited = Object.fromEntries(Object.keys(fieldNames).map((field) => [field, form.elements[field].value]));
  const { body, problem } = bodyOf(draft, edited);
  answer.className = problem ? 'failed' : '';
  if (problem) return say(answer, problem);
  say(answer, 'Publishing …');
  try {
    const { outcome } = await post(`dead/${encodeURIComponent(event.dead_id)}/republish`, body);
    const words = outcome === 'duplicate' ? 'It was stored already; nothing was stored twice. ' : 'Stored. ';
    answer.className = 'fine';
    answer.replaceChildren(words, storedLink(edited.topic || event.topic, edited.event_id || event.event_id) ?? '');
    form.querySelector('button[type=submit]').disabled = true;
    done();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    answer.className = 'failed';
    say(answer, `Not published: ${[error.message, ...(error.details ?? [])].join(' ')}`);
  }
}

function storedLink(topic, id) {
  return topic && id ? element('a', { href: eventAddress(topic, id) }, 'Show the event') : null;
}
