// The parts that all pages have: the form for a key, the zone of times, the condition of the server.

import { check } from './condition.js';
import { find } from './dom.js';
import { poll } from './poll.js';
import { offerSignIn } from './sign-in.js';
import { offerZone } from './times.js';

/** Prepares the masthead of a page. */
export function beginPage() {
  offerSignIn();
  offerZone(find('#zone'));
  poll(check, 2000);
}
