// Whether the server answers and events are stored. Shown in the masthead, and as an alarm if not.

import { Problem, Unreachable, json } from './api.js';
import { find, say } from './dom.js';
import { duration } from './format.js';
import { stamp } from './times.js';

const chip = find('#condition');
const alarm = find('#alarm');
let lastAnswer = null;

/** Requests `/health` and shows the result. */
export async function check() {
  try {
    const health = await json('health', [200, 503]);
    lastAnswer = Date.now();
    tell({ isConnected: health.database === 'connected', isAnswering: true });
    show(...conditionOf(health));
  } catch (error) {
    tell({ isConnected: false, isAnswering: false });
    if (error instanceof Unreachable) show('bad', 'No answer', unreachableText());
    else if (error instanceof Problem) show('bad', 'No answer', `GET /health failed: ${error.message}`);
    else throw error;
  }
}

/** Tells other parts of the page whether the server answers and has its database. */
function tell(detail) {
  document.dispatchEvent(new CustomEvent('database', { detail }));
}

function unreachableText() {
  const since = lastAnswer === null ? '' : ` since ${stamp(lastAnswer)}`;
  return `The server has not answered${since}. Figures and events on this page are older. The page keeps trying.`;
}

/** Returns level, short text and long text for an answer of `/health`. */
export function conditionOf(health) {
  const since = health.disconnected_since ? ` since ${stamp(health.disconnected_since)}` : '';
  const reason = health.database_error ? ` (${health.database_error})` : '';
  if (health.database === 'disconnected') {
    return ['bad', 'Database unavailable', `The database is unavailable${since}${reason}. `
      + 'Producers keep events that are not committed. Totals, events and lists are older.'];
  }
  if (health.database === 'refusing') {
    const wait = health.oldest_batch_seconds
      ? ` The oldest batch has waited for ${duration(health.oldest_batch_seconds)}.` : '';
    return ['bad', 'Database refuses events', `Events cannot be stored${since}${reason}.${wait}`];
  }
  if (health.problems?.length) {
    const { component, reason, since: begun } = health.problems[0];
    const wait = `the oldest batch has waited for ${duration(health.oldest_batch_seconds)}`;
    return ['warn', 'Commits are slow', `Since ${stamp(begun)}, ${component}: ${reason}; ${wait}.`];
  }
  if (health.queue === 'full') {
    const reason = 'The queue is full: the database stores less than is sent, so producers are slowed down.';
    return ['warn', 'Queue full', reason];
  }
  return ['good', `Healthy, up ${duration(health.uptime_seconds)}`, null];
}

function show(level, short, long) {
  chip.dataset.level = level;
  // The uptime changes constantly; a screen reader should only announce a change of level.
  chip.setAttribute('aria-live', level === chip.dataset.said ? 'off' : 'polite');
  chip.dataset.said = level;
  say(chip, short);
  alarm.hidden = long === null;
  alarm.dataset.level = level;
  say(alarm, long ?? '');
}
