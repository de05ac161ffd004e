// Requests to the server that this page came from.

/** The address of the server's root, also behind a proxy that serves it under a path of its own. */
export const base = new URL('../', import.meta.url);

/** No answer came: the server is gone, or something on the way to it. */
export class Unreachable extends Error {}

/** The server answered that it can not (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document?.detail ?? document?.title ?? `Status ${status}`);
    this.status = status;
    this.type = document?.type ?? 'about:blank';
  }
}

/**
 * Sends a GET and waits for the beginning of the answer, at most `patience` milliseconds.
 * @param {string} path relative to the root, with its query
 * @throws {Unreachable}
 */
export async function request(path, { accept = 'application/json', headers = {}, patience = 8000, signal } = {}) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    return await fetch(new URL(path, base), { headers: { Accept: accept, ...headers }, signal: either });
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
    throw new Unreachable('The answer broke off.', { cause: error });
  }
}

/** The problem that an answer tells; its body is read. */
export async function problem(response) {
  return new Problem(response.status, await response.json().catch(() => null));
}

/**
 * The answer to a GET, as JSON.
 * @param {number[]} statuses those that are no failure
 * @throws {Unreachable|Problem}
 */
export async function json(path, statuses = [200]) {
  const response = await request(path);
  if (!statuses.includes(response.status)) throw await problem(response);
  return body(response, (answer) => answer.json());
}

/**
 * The answer to a GET, as text.
 * @throws {Unreachable|Problem}
 */
export async function text(path, accept = 'text/plain') {
  const response = await request(path, { accept });
  if (!response.ok) throw await problem(response);
  return body(response, (answer) => answer.text());
}

/** A path with those parameters that have a value. */
export function withQuery(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return query.size > 0 ? `${path}?${query}` : path;
}
