// Addresses of the other pages. They are relative, so that they also work behind a proxy that adds a path.

import { withQuery } from './api.js';
import { nameView } from './names.js';

/** Returns the address of a search; the parameters are those of `GET /events`. */
export const exploreAddress = (parameters) => withQuery('explore', parameters);

/** Returns the address at which one event is shown, among the events of its topic. */
export const eventAddress = (topic, id) => exploreAddress({ topic, shown_topic: topic, shown_id: id });

/** Returns the address of dead events; the parameters are those of `GET /dead`. */
export const deadAddress = (parameters) => withQuery('dead', parameters);

/** Returns a topic as a link to its events. */
export const topicLink = (topic, most) => nameView(topic, { href: topic && exploreAddress({ topic }), most });

/** Returns a source as a link to its events. */
export const sourceLink = (source, most) => nameView(source, { href: source && exploreAddress({ source }), most });

/** Returns the id of an event as a link to the event. */
export const eventLink = (topic, id, most) =>
  nameView(id, { href: topic && id && eventAddress(topic, id), most });

/** Returns the address at which one producer is shown. */
export const producerAddress = (producer) => withQuery('producers', { shown: producer });

/**
 * Returns a producer as a link to the events whose source has its name. A producer without a name is a link to what is
 * known of it.
 */
export function producerLink(producer, name, most) {
  if (!name) return nameView(producer, { href: producerAddress(producer), most: 8, title: 'This producer' });
  return nameView(name, { href: exploreAddress({ source: name }), most, title: 'Events whose source has this name' });
}
