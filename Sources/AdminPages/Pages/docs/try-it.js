// Sends the request of an operation and shows the answer.

import { base, request } from './api.js';
import { element, say } from './dom.js';
import { pretty, text } from './json.js';
import { examplesOf } from './openapi.js';

/** Maximum number of characters of an answer that are shown, because a page of events may have megabytes. */
const shown = 200_000;

/** The methods that change nothing. Requests with others are marked, because they work on the server's data. */
const harmless = ['get', 'head', 'options'];

/** A form with a field for each parameter, and for the body. */
export function trial(operation, document) {
  const place = (name) => `${operation.id}-${name}`;
  const fields = operation.parameters.filter((parameter) => parameter.in !== 'cookie').map((parameter, index) =>
    ({ parameter, input: inputFor(parameter, document, place(index)) }));
  const method = operation.method.toUpperCase();
  const isHarmless = harmless.includes(operation.method);
  const content = operation.requestBody ? new Content(operation, document, place) : null;
  const types = Object.keys(document.resolve(operation.responses?.['200'] ?? {}).content ?? {});
  const accept = element('select', { id: place('accept'), name: 'accept' },
    types.map((type) => element('option', {}, type)));
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const form = element('form', { class: 'trial', 'aria-label': `Try ${method} ${operation.path}`, autocomplete: 'off' },
    element('h4', {}, 'Try it'),
    element('div', { class: 'fields' },
      fields.map(({ parameter, input }) => labelled(parameter.name, input, parameter.required)),
      types.length > 1 ? labelled('Accept', accept) : null),
    content?.view,
    isHarmless ? null : element('p', { class: 'small failed' }, 'This request works on the data of this server.'),
    element('p', { class: 'buttons' }, element('button', { type: 'submit', class: 'primary' }, 'Send'), stop));
  const answer = new Answer(stop);
  form.append(answer.view);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const headers = { ...headersOf(fields), ...content?.headers };
    answer.fetch(targetOf(operation.path, fields),
      { method, accept: accept.value || '*/*', headers, body: content?.text, timeout: 35_000 });
  });
  return form;
}

/** The fields of a body: its type and its text. */
class Content {
  #types;
  #type;
  #text;
  view;

  constructor(operation, document, place) {
    const { content = {}, required = false } = document.resolve(operation.requestBody);
    this.#types = content;
    this.#type = element('select', { id: place('type'), name: 'type' },
      Object.keys(content).map((type) => element('option', {}, type)));
    this.#text = element('textarea', {
      id: place('body'), name: 'body', required, rows: 6, spellcheck: 'false', placeholder: required ? null : 'no body',
    });
    this.view = element('div', { class: 'content' }, labelled('Type of the body', this.#type),
      labelled('Body', this.#text, required));
    this.#type.addEventListener('change', () => this.#fill(document));
    if (required) this.#fill(document);
  }

  /** Shows the first example of the type. */
  #fill(document) {
    const media = this.#types[this.#type.value] ?? {};
    const example = examplesOf(media, document)[0]?.value ?? document.resolve(media.schema ?? {}).examples?.[0];
    if (example === undefined) return;
    this.#text.value = typeof example === 'string' ? example : text(example, true);
  }

  /** The text; undefined for no body. */
  get text() {
    return this.#text.value === '' ? undefined : this.#text.value;
  }

  /** The field that says the type; empty for no body. */
  get headers() {
    return this.text === undefined ? {} : { 'Content-Type': this.#type.value };
  }
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
    let read = '';
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
      read += piece.value;
      say(this.#body, read.slice(0, shown));
      if (read.length > shown) break;
    }
    await reader?.cancel();
    return read.length <= shown;
  }
}

/** Returns the request as a shell command. */
function commandOf(target, { method, accept, headers, body }) {
  const quoted = (words) => `'${words.replaceAll("'", "'\\''")}'`;
  const fields = Object.entries({ Accept: accept, ...headers });
  const options = fields.map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  const verb = method === 'GET' || (method === 'POST' && body !== undefined) ? '' : ` -X ${method}`;
  const data = body === undefined ? '' : ` --data-binary ${quoted(body)}`;
  return `curl${verb}${options.join('')}${data} ${quoted(String(new URL(target, base)))}`;
}
