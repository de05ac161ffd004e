// Downloads all events of a search.

import { Problem, Unreachable, authorization, base, hasKey, problem, withQuery } from './api.js';
import { element, find, say } from './dom.js';
import { bytes } from './format.js';
import { parametersOf } from './state.js';

const line = find('#download-line');
const stop = find('#download-stop');

/** Lets the links in `#downloads` download the events of the state that `current` returns. */
export function offerDownloads(current) {
  for (const button of document.querySelectorAll('#downloads [data-format]')) {
    button.addEventListener('click', () => download(current(), button.dataset.format));
  }
}

function download(state, format) {
  const parameters = { ...parametersOf(state), format, download: '1' };
  const path = withQuery('events', format === 'array' ? { ...parameters, limit: 1000 } : parameters);
  // The browser writes the file while it arrives, but it sends no key.
  if (hasKey()) receive(path, `events.${format === 'array' ? 'json' : format}`);
  else save(new URL(path, base).href, '');
}

function save(href, name) {
  const link = element('a', { href, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Collects the answer in the memory of the browser, because a link cannot send the key. */
async function receive(path, name) {
  const ending = new AbortController();
  stop.onclick = () => ending.abort();
  stop.hidden = false;
  try {
    const response = await fetch(new URL(path, base), { headers: authorization(), signal: ending.signal });
    if (!response.ok) throw await problem(response);
    const parts = [];
    let size = 0;
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(new Blob([value]));
      size += value.length;
      say(line, `Received ${bytes(size)} …`);
    }
    const address = URL.createObjectURL(new Blob(parts));
    save(address, name);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    say(line, `Saved ${bytes(size)}.`);
  } catch (error) {
    const isExpected = error instanceof Problem || error instanceof Unreachable || error instanceof TypeError;
    say(line, ending.signal.aborted ? 'Stopped.' : `Not downloaded: ${error.message}`);
    if (!ending.signal.aborted && !isExpected) throw error;
  } finally {
    stop.hidden = true;
  }
}
