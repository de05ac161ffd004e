// One operation with its parameters and answers.

import { element } from './dom.js';
import { text } from './json.js';
import { examplesOf } from './openapi.js';
import { prose } from './prose.js';
import { membersOf, summaryOf } from './schema-view.js';
import { trial } from './try-it.js';

/** Returns an operation on one line, which opens to its description. */
export function operationView(operation, document) {
  const title = `${operation.id}-title`;
  const head = element('summary', {},
    element('h3', { id: title },
      element('span', { class: `method ${operation.method}` }, operation.method.toUpperCase()), ' ',
      element('code', {}, operation.path),
      operation.deprecated ? element('span', { class: 'required' }, ' deprecated') : null),
    element('p', { class: 'summary' }, operation.summary ?? ''));
  const whole = element('div', { class: 'whole' },
    ...prose(operation.description),
    parametersView(operation, document),
    operation.requestBody ? bodyView(document.resolve(operation.requestBody), document) : null,
    trial(operation, document),
    responsesView(operation, document));
  return element('article', { id: operation.id, class: 'card operation', 'aria-labelledby': title },
    element('details', { class: 'fold' }, head, whole));
}

function parametersView({ parameters, path }, document) {
  if (parameters.length === 0) return null;
  const rows = parameters.map((parameter) => element('tr', {},
    element('th', { scope: 'row' }, element('code', {}, parameter.name),
      parameter.required ? element('span', { class: 'required small' }, ' required') : null),
    element('td', {}, parameter.in),
    element('td', {}, summaryOf(parameter.schema ?? {}, document)),
    element('td', {}, ...prose(parameter.description))));
  const heads = ['Name', 'Where', 'Value', 'Meaning'].map((head) => element('th', { scope: 'col' }, head));
  return element('div', { class: 'table-frame' }, element('table', {},
    element('caption', {}, 'Parameters', element('span', { class: 'visually-hidden' }, ` of ${path}`)),
    element('thead', {}, element('tr', {}, heads)), element('tbody', {}, rows)));
}

function bodyView(body, document) {
  return element('section', { class: 'part' }, element('h4', {}, 'Body'), ...prose(body.description),
    ...contentView(body.content, document));
}

function responsesView({ responses }, document) {
  const views = Object.entries(responses ?? {}).map(([status, reference], index) => {
    const response = document.resolve(reference);
    const isFine = status.startsWith('2');
    return element('details', { class: 'response', open: isFine && index === 0 },
      element('summary', {}, element('strong', { class: isFine ? 'fine' : 'failed' }, status), ' ',
        element('span', {}, response.description ?? '')),
      headersView(response.headers, document), ...contentView(response.content, document));
  });
  return element('section', { class: 'part' }, element('h4', {}, 'Answers'), views);
}

function headersView(headers, document) {
  const rows = Object.entries(headers ?? {}).map(([name, reference]) => {
    const header = document.resolve(reference);
    return element('li', {}, element('code', {}, name), ' ',
      element('span', { class: 'soft small' }, summaryOf(header.schema ?? {}, document)), ...prose(header.description));
  });
  return rows.length > 0 ? element('ul', { class: 'members', 'aria-label': 'Header fields' }, rows) : null;
}

function contentView(content, document) {
  return Object.entries(content ?? {}).map(([type, media]) => element('div', { class: 'media' },
    element('p', { class: 'small soft' }, type, media.schema ? `: ${summaryOf(media.schema, document)}` : ''),
    media.schema ? membersOf(media.schema, document) : null,
    examplesOf(media, document).map(({ title, value }) => element('figure', { class: 'example' },
      element('figcaption', { class: 'small soft' }, title),
      element('pre', { tabindex: 0 }, typeof value === 'string' ? value : text(value, true))))));
}
