// JSON as it was sent: numbers keep all their digits, where the browser can do that.

/** Reads JSON; numbers stay what they are in the text (`1.0`, `12345678901234567890`). */
export function parse(text) {
  if (typeof JSON.rawJSON !== 'function') return JSON.parse(text);
  return JSON.parse(text, (_, value, context) =>
    (typeof value === 'number' && context?.source ? JSON.rawJSON(context.source) : value));
}

/** The text of a value that `parse` read, in one line or indented. */
export function text(value, indented = false) {
  return JSON.stringify(value, null, indented ? 2 : 0);
}

/** `body` indented when it is JSON, else as it is. */
export function pretty(body) {
  try {
    return text(parse(body), true);
  } catch {
    return body;
  }
}
