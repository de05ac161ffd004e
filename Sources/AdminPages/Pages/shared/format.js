// Numbers, sizes, durations and ages as text for people.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** The text of an unknown figure. */
export const unknown = '–';

const known = (write) => (number) =>
  (number === null || number === undefined || Number.isNaN(number) ? unknown : write(number));

/** `1,234,567` */
export const count = known((number) => whole.format(number));

/** `12.3K`, for the labels of an axis. */
export const short = known((number) => compact.format(number));

/** Events per second as an integer; rates that would be 0 have decimals. */
export const rate = known((number) => (number > 0 && number < 10 ? three.format(number) : whole.format(number)));

/** A part of 1: `35%` */
export const share = known((number) => percent.format(number));

/** Bytes: `64 MiB` */
export const bytes = known((number) => {
  if (number < 1024) return `${whole.format(number)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(Math.floor(Math.log2(number) / 10), units.length) - 1;
  return `${three.format(number / 1024 ** (unit + 1))} ${units[unit]}`;
});

/** Milliseconds: `0.13 ms`, `12.5 ms`, `1.2 s`, `3 min 20 s` */
export const milliseconds = known((number) => {
  if (number < 1000) return `${three.format(number)} ms`;
  return number < 60_000 ? `${three.format(number / 1000)} s` : duration(number / 1000);
});

/** Seconds, in their two largest units: `3 d 4 h` */
export const duration = known((seconds) => {
  const units = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];
  let rest = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([, size]) => rest >= size);
  if (first < 0) return '0 s';
  return units.slice(first, first + 2).map(([name, size]) => {
    const number = Math.floor(rest / size);
    rest -= number * size;
    return number > 0 ? `${number} ${name}` : '';
  }).join(' ').trim();
});

/** The time since a moment: `12 s ago`; `in 5 min` if the server's clock is ahead. */
export function ago(moment, now = Date.now()) {
  const seconds = (now - new Date(moment).getTime()) / 1000;
  if (Number.isNaN(seconds)) return unknown;
  if (seconds < -2) return `in ${duration(-seconds)}`;
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

/** `one event`, `2 events` */
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
