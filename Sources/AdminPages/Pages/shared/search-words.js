// The states of searches and streams in words.

import { count, counted } from './format.js';
import { stamp } from './times.js';

/** Returns how far a search is, for the line above its events. `order` is that of the search. */
export function progressOf({ phase, count: found, searchedUntil, reason }, order = 'desc') {
  const number = found === 0 ? 'nothing found' : `${counted(found, 'event')} found`;
  const edge = order === 'asc' ? 'up to' : 'back to';
  const far = searchedUntil ? ` ${edge} ${stamp(searchedUntil, 'full')}` : '';
  switch (phase) {
    case 'searching':
      return reason ? `No answer; asking again. ${reason}` : `Searching …${far ? `${far},` : ''} ${number} so far`;
    case 'full': return `The first ${count(found)}; there are more`;
    case 'paused': return `Searched${far}, ${number}; the rest was not searched yet`;
    case 'stopped': return `Stopped${far ? `${far},` : ','} ${number}`;
    case 'refused': return `Refused: ${reason}`;
    default: return found === 0 ? 'Everything was searched; nothing found' : `All ${counted(found, 'event')}`;
  }
}

/** Returns the text of an empty list. Only a search that has reached its end knows that there is no event. */
export function emptyText({ phase, searchedUntil, reason }, isFiltered) {
  if (phase === 'refused') return `The server refuses this search: ${reason}`;
  if (reason) return 'The stored events are not known yet: the server did not answer. The page asks again.';
  if (phase === 'searching') {
    return searchedUntil ? `Searching … nothing back to ${stamp(searchedUntil)}.` : 'Searching …';
  }
  if (phase === 'ended') return isFiltered ? 'No event meets these conditions.' : 'No event yet.';
  return searchedUntil ? `Nothing back to ${stamp(searchedUntil)}; older events were not searched.` : 'Not searched.';
}

/**
 * Returns the state of a stream in words. A stream stays open while the database is unavailable, and while a server
 * does not answer, but no events arrive. `server` is the detail of the event `database`.
 */
export function streamWords(state, words, { isConnected, isAnswering }) {
  if (['live', 'waiting'].includes(state) && isAnswering && !isConnected) return 'Waiting for the database';
  return state === 'live' && !isAnswering ? 'No answer from the server' : words;
}
