// Sends the request of a read-only operation and shows the answer.

import { base, request } from './api.js';
import { element, say } from './dom.js';
import { pretty } from './json.js';
import { examplesOf } from './openapi.js';

/** Maximum number of characters of an answer that are shown, because a page of events may have megabytes. */
const shown = 200_000;

/** A form with a field for each parameter. */
export function trial(operation, document) {
  const place = (name) => `${operation.id}-${name}`;
  const fields = operation.parameters.filter((parameter) => parameter.in !== 'cookie').map((parameter, index) =>
    ({ parameter, input: inputFor(parameter, document, place(index)) }));
  const types = Object.keys(document.resolve(operation.responses?.['200'] ?? {}).content ?? {});
  const accept = element('select', { id: place('accept'), name: 'accept' },
    types.map((type) => element('option', {}, type)));
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const form = element('form', { class: 'trial', 'aria-label': `Try GET ${operation.path}`, autocomplete: 'off' },
    element('h4', {}, 'Try it'),
    element('div', { class: 'fields' },
      fields.map(({ parameter, input }) => labelled(parameter.name, input, parameter.required)),
      types.length > 1 ? labelled('Accept', accept) : null),
    element('p', { class: 'buttons' }, element('button', { type: 'submit', class: 'primary' }, 'Send'), stop));
  const answer = new Answer(stop);
  form.append(answer.view);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    answer.fetch(targetOf(operation.path, fields), { accept: accept.value || '*/*', headers: headersOf(fields) });
  });
  return form;
}

function labelled(name, input, isRequired = false) {
  return element('label', { for: input.id }, element('span', {}, name, isRequired ? ' *' : ''), input);
}

function inputFor(parameter, document, id) {
  const schema = document.resolve(parameter.schema ?? {});
  const choices = schema.enum ?? (schema.type === 'boolean' ? [true, false] : null);
  if (choices) {
    return element('select', { id, required: parameter.required },
      parameter.required ? null : element('option', { value: '' }, ''),
      choices.map((choice) => element('option', {}, String(choice))));
  }
  const example = parameter.example ?? examplesOf(parameter, document)[0]?.value ?? schema.examples?.[0];
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  return element('input', {
    id, type: isNumber ? 'number' : 'text', min: schema.minimum, max: schema.maximum, maxlength: schema.maxLength,
    required: parameter.required, placeholder: schema.default ?? example, spellcheck: 'false',
    value: parameter.required ? example : null,
  });
}

function filled(fields, place) {
  return fields.filter(({ parameter, input }) => parameter.in === place && input.value !== '')
    .map(({ parameter, input }) => [parameter.name, input.value]);
}

function targetOf(path, fields) {
  const target = filled(fields, 'path').reduce((text, [name, value]) =>
    text.replace(`{${name}}`, encodeURIComponent(value)), path);
  const query = new URLSearchParams(filled(fields, 'query'));
  return target.replace(/^\//, '') + (query.size > 0 ? `?${query}` : '');
}

function headersOf(fields) {
  return Object.fromEntries(filled(fields, 'header'));
}

/** An answer, with its request. */
class Answer {
  #stop;
  #ending = new AbortController();
  #line = element('p', { role: 'status' });
  #sent = element('pre', { class: 'sent', tabindex: 0 });
  #headers = element('pre', { tabindex: 0 });
  #body = element('pre', { class: 'body', tabindex: 0 });
  view = element('div', { class: 'answer', hidden: true }, this.#sent, this.#line,
    element('details', {}, element('summary', {}, 'Header fields'), this.#headers), this.#body);

  constructor(stop) {
    this.#stop = stop;
  }

  async fetch(target, options) {
    this.#ending.abort();
    const ending = this.#ending = new AbortController();
    this.#stop.onclick = () => ending.abort();
    this.#stop.hidden = false;
    this.view.hidden = false;
    say(this.#sent, commandOf(target, options));
    say(this.#line, 'Sending …');
    for (const part of [this.#headers, this.#body]) say(part, '');
    try {
      await this.#receive(target, { ...options, signal: ending.signal });
    } catch (error) {
      if (!ending.signal.aborted) say(this.#line, error.message);
    } finally {
      if (this.#ending === ending) this.#stop.hidden = true;
    }
  }

  async #receive(target, options) {
    const start = performance.now();
    const response = await request(target, options);
    const took = Math.round(performance.now() - start);
    this.#line.dataset.status = response.ok ? 'fine' : 'failed';
    say(this.#line, `${response.status} ${response.statusText}, ${took} ms`);
    say(this.#headers, [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'));
    const isWhole = await this.#read(response.body);
    const isJSON = /[/+]json$/.test(response.headers.get('content-type') ?? '');
    const body = this.#body.textContent;
    say(this.#body, isWhole ? (isJSON ? pretty(body) : body) : `${body}\n… and more`);
  }

  /** Shows the body as it arrives; a stream has no end. Returns whether the body is complete. */
  async #read(body) {
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
      text += piece.value;
      say(this.#body, text.slice(0, shown));
      if (text.length > shown) break;
    }
    await reader?.cancel();
    return text.length <= shown;
  }
}

/** Returns the request as a shell command. */
function commandOf(target, { accept, headers }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const fields = Object.entries({ Accept: accept, ...headers });
  const options = fields.map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  return `curl${options.join('')} ${quoted(String(new URL(target, base)))}`;
}
