// Bytes of dead events, which may be anything.

/** Returns the bytes of a text in base64. */
export function decoded(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Returns the text of UTF-8 bytes; null when they are not UTF-8. `isCut`: the last character may be incomplete. */
export function textOf(bytes, isCut = false) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}

/** Returns bytes as text to look at; bytes that are not UTF-8 become U+FFFD. */
export const roughText = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Returns the first `most` bytes as lines of sixteen: their place, their numbers and their letters in ASCII. */
export function dump(bytes, most = 512) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const row = [...bytes.slice(at, Math.min(at + 16, most))];
    const numbers = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    const letters = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${numbers}  ${letters}`);
  }
  return lines.join('\n');
}
