// Times with their zone. The reader chooses the zone: the browser's own, or UTC.

import { element, say } from './dom.js';
import { unknown } from './format.js';

const key = 'sluice.zone';

// If the browser stores nothing for this page, the choice lasts until the page is closed.
function remembered() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

let isUTC = remembered() === 'UTC';

const two = (number) => String(number).padStart(2, '0');

/** Returns the zone of a moment: `UTC`, or the distance of local time from it, `+01:00`. */
export function zoneOf(date, utc = isUTC) {
  const minutes = utc ? 0 : -Math.round(date.getTimezoneOffset());
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '−' : '+'}${two(hours)}:${two(rest)}`;
}

/** Returns the fields of a moment in the chosen zone, by moving the moment and reading it as UTC. */
function shifted(date, utc) {
  return new Date(date.getTime() - (utc ? 0 : date.getTimezoneOffset() * 60_000));
}

const dayOf = (date) => date.toISOString().replace(/T.*/, '');
const clockOf = (date) => date.toISOString().replace(/.*T(\d\d:\d\d:\d\d).*/, '$1');

/** Returns the digits after the seconds: three, or six where the text of the time has them. */
function fractionOf(moment, date, digits) {
  const given = typeof moment === 'string' ? /\.(\d+)/.exec(moment)?.[1] ?? '' : '';
  const milliseconds = String(date.getUTCMilliseconds()).padStart(3, '0');
  return (given || milliseconds).padEnd(digits, '0').slice(0, digits);
}

/**
 * Returns a time with its zone. Forms: `clock` (`15:54:01 UTC`, with the date if it is another day), `full`
 * (`2026-11-30 15:54:01.123 UTC`), `precise` (the same with microseconds).
 */
export function stamp(moment, form = 'clock', { utc = isUTC, now = new Date() } = {}) {
  const date = new Date(moment);
  if (moment === null || moment === undefined || Number.isNaN(date.getTime())) return unknown;
  const local = shifted(date, utc);
  const zone = zoneOf(date, utc);
  if (form === 'clock') {
    const isToday = dayOf(local) === dayOf(shifted(now, utc));
    return `${isToday ? '' : `${dayOf(local)} `}${clockOf(local)} ${zone}`;
  }
  return `${dayOf(local)} ${clockOf(local)}.${fractionOf(moment, date, form === 'precise' ? 6 : 3)} ${zone}`;
}

/** Returns an element that shows a time and follows the choice of the zone. Its title is the time in UTC. */
export function timeView(moment, form = 'clock') {
  if (moment === null || moment === undefined) return element('span', { class: 'soft' }, unknown);
  const iso = typeof moment === 'string' ? moment : new Date(moment).toISOString();
  return element('time', { datetime: iso, title: iso, 'data-form': form }, stamp(iso, form));
}

/** The event of the document after the zone was changed. */
export const zoneChanged = 'zone-changed';

/** Lets the button `#zone` change the zone of all times on the page. */
export function offerZone(button) {
  const show = () => say(button, `Times: ${isUTC ? 'UTC' : `local, ${zoneOf(new Date())}`}`);
  button.hidden = false;
  button.addEventListener('click', () => {
    isUTC = !isUTC;
    try {
      localStorage.setItem(key, isUTC ? 'UTC' : 'local');
    } catch {
      // The choice lasts until the page is closed.
    }
    show();
    for (const node of document.querySelectorAll('time[data-form]')) say(node, stamp(node.dateTime, node.dataset.form));
    document.dispatchEvent(new CustomEvent(zoneChanged));
  });
  show();
}
