// Requests to the server that this page came from.

/** The address of the server's root, also when a proxy serves it under another path. */
export const base = new URL('../', import.meta.url);

/** The event of the document after which a key is needed; `detail.reason` is `missing` or `wrong`. */
export const keyNeeded = 'key-needed';

const keyName = 'sluice-key';
/** Whether the server asked for a key that this page does not have. Without one, no request could succeed. */
let isKeyMissing = false;

/** Whether this tab has a key. */
export const hasKey = () => sessionStorage.getItem(keyName) !== null;

/** The field that sends the key; empty without a key. */
export function authorization() {
  const key = sessionStorage.getItem(keyName);
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/** The event of the document after a key was entered; what could not be shown before can be asked for again. */
export const keyEntered = 'key-entered';

/** Sends `key` with all requests from now on, until the tab is closed. */
export function useKey(key) {
  sessionStorage.setItem(keyName, key);
  isKeyMissing = false;
  document.dispatchEvent(new CustomEvent(keyEntered));
}

/** Sends no key any more. */
export function forgetKey() {
  sessionStorage.removeItem(keyName);
}

function askForKey(reason) {
  forgetKey();
  isKeyMissing = true;
  document.dispatchEvent(new CustomEvent(keyNeeded, { detail: { reason } }));
}

/** Paths that the server answers without a key. */
const open = /^(health|livez|readyz|openapi\.json)$/;

/** Error without an answer: the server or the network failed. */
export class Unreachable extends Error {}

/** Error with a problem document as the answer (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document?.detail ?? document?.title ?? `Status ${status}`);
    this.status = status;
    this.type = document?.type ?? 'about:blank';
    /** What is wrong at which place, in words. */
    this.details = (document?.errors ?? []).map(({ detail }) => detail).filter(Boolean);
  }
}

/**
 * Sends a request, a GET by default, and waits for the beginning of the answer, at most `timeout` milliseconds.
 * @param {string} path relative to the root, with its query
 * @throws {Unreachable}
 */
export async function request(path, options = {}) {
  const { accept = 'application/json', headers = {}, method = 'GET', body, timeout = 8000, signal } = options;
  const key = sessionStorage.getItem(keyName);
  if (isKeyMissing && !open.test(path)) throw new Problem(401, { detail: 'A key is needed.' });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    const all = { Accept: accept, ...authorization(), ...headers };
    const response = await fetch(new URL(path, base), { method, body, headers: all, signal: either });
    // Another request may have asked already, or the key may have changed while this one was on its way.
    if (response.status === 401 && sessionStorage.getItem(keyName) === key) {
      askForKey(key === null ? 'missing' : 'wrong');
    }
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable('The server does not answer.', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function content(response, read) {
  try {
    return await read(response);
  } catch (error) {
    throw new Unreachable('The answer was interrupted.', { cause: error });
  }
}

/** Reads the problem of an answer. */
export async function problem(response) {
  return new Problem(response.status, await response.json().catch(() => null));
}

/**
 * Returns the answer to a GET as JSON.
 * @param {number[]} statuses the statuses that are not errors
 * @throws {Unreachable|Problem}
 */
export async function json(path, statuses = [200], options = {}) {
  const response = await request(path, options);
  if (!statuses.includes(response.status)) throw await problem(response);
  return content(response, (answer) => answer.json());
}

/**
 * Sends a JSON text with a POST, and returns the answer as JSON. Without a text, the body is empty.
 * @throws {Unreachable|Problem}
 */
export async function post(path, body, timeout = 30_000) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const response = await request(path, { method: 'POST', body, headers, timeout });
  if (!response.ok) throw await problem(response);
  return content(response, (answer) => answer.json());
}

/**
 * Returns the answer to a GET as text.
 * @throws {Unreachable|Problem}
 */
export async function text(path, accept = 'text/plain', options = {}) {
  const response = await request(path, { accept, ...options });
  if (!response.ok) throw await problem(response);
  return content(response, (answer) => answer.text());
}

/** The beginning of the names of conditions about a field of the payload. */
export const fieldPrefix = 'field.';

/**
 * Returns a path with the parameters that have a value. A value may be a number; 0 is a value. A field of the payload
 * may be the empty text.
 */
export function withQuery(path, parameters) {
  const isValue = ([name, value]) => value || value === 0 || (value === '' && name.startsWith(fieldPrefix));
  const given = Object.entries(parameters).filter(isValue);
  const query = new URLSearchParams(given);
  return query.size > 0 ? `${path}?${query}` : path;
}
