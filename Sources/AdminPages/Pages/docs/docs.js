// The API page: reads `/openapi.json` and lists its operations.

import { json } from './api.js';
import { element, find, say } from './dom.js';
import { Interface } from './openapi.js';
import { operationView } from './operation-view.js';
import { prose } from './prose.js';
import { offerSignIn } from './sign-in.js';

offerSignIn();

function contentsOf(groups) {
  return groups.flatMap(({ tag, operations }) => [
    element('h2', {}, tag),
    element('ul', {}, operations.map(({ id, method, path }) => element('li', {},
      element('a', { href: `#${id}` }, element('span', { class: `method ${method}` }, method.toUpperCase()), ' ',
        element('span', { class: 'path' }, path))))),
  ]);
}

function groupView({ tag, description, operations }, index, described) {
  return element('section', { 'aria-labelledby': `group-${index}` },
    element('h2', { id: `group-${index}` }, tag), ...prose(description),
    operations.map((operation) => operationView(operation, described)));
}

function show(described) {
  const { title, version, description } = described.info;
  say(find('#title'), title ?? 'HTTP interface');
  say(find('#version'), version ?? '');
  const { groups } = described;
  find('#description').replaceChildren(...prose(description));
  find('#contents').replaceChildren(...contentsOf(groups));
  find('#operations').replaceChildren(...groups.map((group, index) => groupView(group, index, described)));
  find('#notice').hidden = true;
  goToHash();
}

/** Opens the operation that the address names, and scrolls to it. */
function goToHash() {
  const operation = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const fold = operation?.querySelector('.fold');
  if (!fold) return;
  fold.open = true;
  operation.scrollIntoView();
  fold.firstElementChild.focus({ preventScroll: true });
}

window.addEventListener('hashchange', goToHash);
try {
  show(new Interface(await json('openapi.json')));
} catch (error) {
  say(find('#notice'), `The interface cannot be shown: ${error.message}`);
}
