// The current activity of this server: the steps of a batch from the socket to the commit.

import { element, find, say } from './dom.js';
import { bytes, count, counted, milliseconds, rate } from './format.js';

const card = find('#pipeline');
const meter = find('#queue-meter');
const lamps = find('#writers-lamps');
const places = new Map([...card.querySelectorAll('[data-figure]')].map((node) => [node.dataset.figure, node]));

/** Shows the newest sample of the history. */
export function showPipeline(sample) {
  const figures = {
    connections: count(sample.connections),
    received: sample.received === null ? '–' : `${bytes(Math.round(sample.received))}/s`,
    accepted: rate(sample.accepted),
    'accept-p50': milliseconds(sample.acceptP50),
    'accept-p99': milliseconds(sample.acceptP99),
    queue: bytes(sample.queueBytes),
    'queue-limit': bytes(sample.queueLimit),
    'queue-batches': counted(sample.queueBatches, 'batch', 'batches'),
    'queue-oldest': sample.queueBatches > 0 ? milliseconds(sample.queueOldest) : '–',
    'writers-busy': count(sample.busyWriters),
    writers: count(sample.writers),
    retries: counted(sample.retries, 'retry', 'retries'),
    committed: rate(sample.committed),
    'commit-p50': milliseconds(sample.commitP50),
    'commit-p99': milliseconds(sample.commitP99),
  };
  for (const [name, text] of Object.entries(figures)) say(places.get(name), text);
  meter.max = sample.queueLimit;
  meter.low = 0.6 * sample.queueLimit;
  meter.high = 0.9 * sample.queueLimit;
  meter.value = sample.queueBytes;
  meter.textContent = `${figures.queue} of ${figures['queue-limit']}`;
  lamps.replaceChildren(...Array.from({ length: sample.writers }, (_, index) =>
    element('i', { class: index < sample.busyWriters ? 'busy' : null })));
}
