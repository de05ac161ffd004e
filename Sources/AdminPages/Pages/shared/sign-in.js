// Asks for a key when the server wants one. The key stays in this tab (`sessionStorage`) and is sent as a header.

import { forgetKey, hasKey, keyNeeded, useKey } from './api.js';
import { element, find, say } from './dom.js';

const words = {
  missing: 'This server shows events and figures only with a key. What is open to everybody works without one.',
  wrong: 'The server does not accept this key: it is unknown, revoked, or its time is over.',
};

const input = element('input', {
  id: 'key', type: 'password', name: 'key', required: true, autocomplete: 'off', spellcheck: 'false',
  placeholder: 'sluice_…', 'aria-describedby': 'key-reason',
});
const reason = element('p', { id: 'key-reason' });
const form = element('form', { id: 'sign-in', class: 'sign-in', 'aria-label': 'Key', hidden: true },
  reason,
  element('label', { for: 'key' }, 'Key '), input, ' ',
  element('button', { type: 'submit', class: 'primary' }, 'Use this key'));
const out = element('button', { type: 'button', id: 'sign-out', hidden: true }, 'Forget the key');

function show() {
  out.hidden = !hasKey();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  useKey(input.value.trim());
  input.value = '';
  form.hidden = true;
  show();
});

out.addEventListener('click', () => {
  forgetKey();
  location.reload();
});

document.addEventListener(keyNeeded, ({ detail }) => {
  say(reason, words[detail.reason]);
  show();
  if (!form.hidden) return;
  form.hidden = false;
  input.focus();
});

/** Adds the form to the page; it is shown when an answer asks for a key. */
export function offerSignIn() {
  find('#content').prepend(form);
  find('.masthead nav').append(out);
  show();
}
