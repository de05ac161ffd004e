// Whether the server can be reached, and whether it has its database; said in the masthead, and as an alarm.

import { Problem, Unreachable, json } from './api.js';
import { find, say } from './dom.js';
import { duration, time } from './format.js';

const chip = find('#condition');
const alarm = find('#alarm');
let lastAnswer = null;

/** Asks `/health` and shows what it says. */
export async function check() {
  try {
    const health = await json('health', [200, 503]);
    lastAnswer = Date.now();
    show(...verdict(health));
  } catch (error) {
    if (error instanceof Unreachable) show('bad', 'No answer', silence());
    else if (error instanceof Problem) show('bad', 'No answer', `GET /health failed: ${error.message}`);
    else throw error;
  }
}

function silence() {
  const since = lastAnswer === null ? '' : ` since ${time(lastAnswer)}`;
  return `The server can not be reached${since}. Figures and events on this page are from before; it goes on asking.`;
}

/** Level, short and long text for an answer of `/health`. */
export function verdict(health) {
  const since = health.disconnected_since ? ` since ${time(health.disconnected_since)}` : '';
  const reason = health.database_error ? ` (${health.database_error})` : '';
  if (health.database === 'disconnected') {
    return ['bad', 'Database away', `The database is away${since}${reason}. Producers keep what is not committed. `
      + 'Totals, events and lists are from before.'];
  }
  if (health.database === 'refusing') {
    return ['bad', 'Database refuses events', `The database takes no events${since}${reason}`];
  }
  if (health.queue === 'full') {
    const reason = 'The queue is full: the database takes less than is sent, and producers are slowed down.';
    return ['warn', 'Queue full', reason];
  }
  return ['good', `Healthy, up ${duration(health.uptime_seconds)}`, null];
}

function show(level, short, long) {
  chip.dataset.level = level;
  // The time of an uptime changes all the time; only a change of level is worth being heard.
  chip.setAttribute('aria-live', level === chip.dataset.said ? 'off' : 'polite');
  chip.dataset.said = level;
  say(chip, short);
  alarm.hidden = long === null;
  alarm.dataset.level = level;
  say(alarm, long ?? '');
}
