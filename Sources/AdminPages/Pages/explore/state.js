// The state of the explorer, which is the query of its address: a link shows the same, and "back" goes back.

import { fieldPrefix } from './api.js';

/** The filters that have a field of their own; their names are those of `GET /events`. */
export const filterNames = ['topic', 'source', 'event_id', 'since', 'until', 'by', 'q', 'order'];

/** The values that need not be said. */
const usual = { by: 'event_time', order: 'desc' };

/**
 * Returns the state that a query has: the `filters` with their values, the `fields` as `[path, value]`, whether new
 * events are followed (`isTail`), the division of the counts (`group`), and the event that is `shown`, `{topic, id}` or
 * null.
 */
export function read(query) {
  const parameters = new URLSearchParams(query);
  const filters = Object.fromEntries(filterNames.map((name) => [name, parameters.get(name) ?? usual[name] ?? '']));
  const fields = [...parameters].filter(([name]) => name.startsWith(fieldPrefix))
    .map(([name, value]) => [name.slice(fieldPrefix.length), value]);
  const [topic, id] = [parameters.get('shown_topic'), parameters.get('shown_id')];
  return {
    filters, fields, isTail: parameters.get('tail') === '1', group: parameters.get('group') ?? '',
    shown: topic && id ? { topic, id } : null,
  };
}

/** Returns the parameters of a state for requests about events. */
export function parametersOf({ filters, fields }) {
  const given = Object.entries(filters).filter(([name, value]) => value !== '' && value !== usual[name]);
  return Object.fromEntries([...given, ...fields.map(([path, value]) => [fieldPrefix + path, value])]);
}

/** Returns the parameters of a state for requests that have no order. */
export function filterOf(state) {
  const { order, ...rest } = parametersOf(state);
  return rest;
}

/** Returns the query of a state, with its `?`; empty for the state without filters. */
export function write(state) {
  const parameters = new URLSearchParams(Object.entries(parametersOf(state)));
  if (state.isTail) parameters.set('tail', '1');
  if (state.group) parameters.set('group', state.group);
  if (state.shown) {
    parameters.set('shown_topic', state.shown.topic);
    parameters.set('shown_id', state.shown.id);
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** Returns whether two states find the same events, whatever else they show. */
export function isSameSearch(one, other) {
  return JSON.stringify(parametersOf(one)) === JSON.stringify(parametersOf(other)) && one.isTail === other.isTail;
}

/** Returns whether a state has any condition. */
export function isFiltered(state) {
  const { by, order, ...conditions } = parametersOf(state);
  return Object.keys(conditions).length > 0;
}

/** Returns a state with other filters, without a shown event. */
export function filtered(state, filters) {
  return { ...state, filters: { ...state.filters, ...filters }, shown: null };
}
