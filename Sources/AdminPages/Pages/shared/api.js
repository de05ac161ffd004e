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

/** Sends `key` with all requests from now on, until the tab is closed. */
export function useKey(key) {
  sessionStorage.setItem(keyName, key);
  isKeyMissing = false;
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
  }
}

/**
 * Sends a GET and waits for the beginning of the answer, at most `timeout` milliseconds.
 * @param {string} path relative to the root, with its query
 * @throws {Unreachable}
 */
export async function request(path, { accept = 'application/json', headers = {}, timeout = 8000, signal } = {}) {
  const key = sessionStorage.getItem(keyName);
  if (isKeyMissing && !open.test(path)) throw new Problem(401, { detail: 'A key is needed.' });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    const authorization = key === null ? {} : { Authorization: `Bearer ${key}` };
    const all = { Accept: accept, ...authorization, ...headers };
    const response = await fetch(new URL(path, base), { headers: all, signal: either });
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

async function body(response, read) {
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
export async function json(path, statuses = [200]) {
  const response = await request(path);
  if (!statuses.includes(response.status)) throw await problem(response);
  return body(response, (answer) => answer.json());
}

/**
 * Returns the answer to a GET as text.
 * @throws {Unreachable|Problem}
 */
export async function text(path, accept = 'text/plain') {
  const response = await request(path, { accept });
  if (!response.ok) throw await problem(response);
  return body(response, (answer) => answer.text());
}

/** Returns a path with the parameters that have a value. */
export function withQuery(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return query.size > 0 ? `${path}?${query}` : path;
}
