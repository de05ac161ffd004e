// JSON as it was sent: numbers keep all their digits, if the browser supports that.

/** Parses JSON; numbers keep their text (`1.0`, `12345678901234567890`). */
export function parse(text) {
  if (typeof JSON.rawJSON !== 'function') return JSON.parse(text);
  return JSON.parse(text, (_, value, context) =>
    (typeof value === 'number' && context?.source ? JSON.rawJSON(context.source) : value));
}

/** Returns the text of a value of `parse`, on one line or indented. */
export function text(value, indented = false) {
  return JSON.stringify(value, null, indented ? 2 : 0);
}

/** Returns `body` indented if it is JSON, otherwise unchanged. */
export function pretty(body) {
  try {
    return text(parse(body), true);
  } catch {
    return body;
  }
}
