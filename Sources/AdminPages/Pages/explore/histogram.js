// The histogram over time. A range is chosen by dragging, or with the keyboard.

import { find, say, shape } from './dom.js';
import { counted, short } from './format.js';
import { stamp, zoneChanged } from './times.js';

const height = 90;
const floor = height - 18;

export class Histogram {
  #svg = find('#histogram svg');
  #line = find('#histogram-line');
  #choose;
  #data = null;
  /** The times between which the reader drags, in milliseconds since 1970; null while nobody does. */
  #range = null;
  #isDragging = false;

  /** `choose(since, until)` is called with the times of a chosen range. */
  constructor(choose) {
    this.#choose = choose;
    new ResizeObserver(() => this.#paint()).observe(this.#svg.parentElement);
    document.addEventListener(zoneChanged, () => this.#paint());
    this.#listen();
  }

  /** Shows the bars from `since` to `until`; null shows nothing. */
  show(data) {
    this.#data = data?.bars.length > 0 ? data : null;
    this.#range = this.#isDragging ? this.#range : null;
    this.#paint();
  }

  get #width() {
    return this.#svg.clientWidth;
  }

  #x(at) {
    const { since, until } = this.#data;
    return Math.round((at - since) / (until - since) * this.#width * 10) / 10;
  }

  #timeAt(x) {
    const { since, until } = this.#data;
    return since + Math.min(Math.max(x / this.#width, 0), 1) * (until - since);
  }

  #paint() {
    const width = this.#width;
    if (width === 0) return;
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (!this.#data) return this.#svg.replaceChildren();
    const all = this.#data.bars.all;
    const most = Math.max(1, ...all.map(({ events }) => events));
    const top = shape('text', { x: 2, y: 11 }, `at most ${short(most)}`);
    this.#svg.replaceChildren(...all.map((bar) => this.#bar(bar, most)).filter(Boolean), ...this.#axis(), top,
      ...this.#selection());
    const { total, isComplete } = this.#data.bars;
    this.#svg.setAttribute('aria-label', `${counted(total, 'event')}${isComplete ? '' : ' so far'} from `
      + `${stamp(this.#data.since, 'full')} to ${stamp(this.#data.until, 'full')}. Arrow keys move through the bars, `
      + 'with the shift key they choose a range, Enter shows it.');
  }

  #bar({ at, events, isComplete }, most) {
    if (events === 0) return null;
    const { since, until, bars } = this.#data;
    const [left, right] = [Math.max(at, since), Math.min(at + bars.length, until)].map((time) => this.#x(time));
    const size = Math.max(events / most * (floor - 16), 1.5);
    return shape('rect', {
      class: isComplete ? 'column' : 'column partial', x: left, y: floor - size, width: Math.max(right - left - 1, 1),
      height: size,
    });
  }

  #axis() {
    const { since, until } = this.#data;
    const width = this.#width;
    const form = until - since < 5000 ? 'full' : 'clock';
    const places = width > 700 ? [0, 0.5, 1] : [0, 1];
    return [
      shape('path', { class: 'grid', d: `M0 ${floor}H${width}` }),
      ...places.map((part) => shape('text', {
        x: part * width, y: height - 4, 'text-anchor': { 0: 'start', 1: 'end' }[part] ?? 'middle',
      }, stamp(since + part * (until - since), form))),
    ];
  }

  #selection() {
    if (!this.#range) return [];
    const [left, right] = this.#snapped().map((time) => this.#x(time));
    return [shape('rect', { class: 'chosen', x: left, y: 0, width: Math.max(right - left, 1), height: floor })];
  }

  /** Returns the range with whole bars. */
  #snapped() {
    const { since, until, bars } = this.#data;
    const [from, to] = this.#range.toSorted((one, other) => one - other);
    const begin = Math.floor(from / bars.length) * bars.length;
    const end = (Math.floor(to / bars.length) + 1) * bars.length;
    return [Math.max(begin, since), Math.min(end, until)];
  }

  #listen() {
    const place = (event) => this.#timeAt(event.clientX - this.#svg.getBoundingClientRect().left);
    this.#svg.addEventListener('pointerdown', (event) => {
      if (!this.#data || event.button !== 0) return;
      event.preventDefault();
      this.#svg.focus({ preventScroll: true });
      this.#svg.setPointerCapture(event.pointerId);
      this.#isDragging = true;
      const at = place(event);
      this.#select([at, at]);
    });
    this.#svg.addEventListener('pointermove', (event) => {
      if (!this.#data) return;
      if (this.#isDragging) this.#select([this.#range[0], place(event)]);
      else this.#tell([place(event), place(event)]);
    });
    this.#svg.addEventListener('pointerup', () => {
      if (!this.#isDragging) return;
      this.#isDragging = false;
      this.#finish();
    });
    this.#svg.addEventListener('pointercancel', () => this.#cancel());
    this.#svg.addEventListener('pointerleave', () => { if (!this.#isDragging) say(this.#line, ''); });
    this.#svg.addEventListener('blur', () => { if (!this.#isDragging) this.#cancel(); });
    this.#svg.addEventListener('keydown', (event) => this.#press(event));
  }

  #press(event) {
    if (!this.#data) return;
    const { bars, since, until } = this.#data;
    if (event.key === 'Enter' && this.#range) this.#finish();
    else if (event.key === 'Escape') this.#cancel();
    else if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) {
      const [from, to] = this.#range ?? [until - 1, until - 1];
      const steps = { ArrowLeft: to - bars.length, ArrowRight: to + bars.length, Home: since, End: until - 1 };
      const moved = steps[event.key];
      const next = Math.min(Math.max(moved, since), until - 1);
      this.#select(event.shiftKey ? [from, next] : [next, next]);
    } else return;
    event.preventDefault();
  }

  #select(range) {
    this.#range = range;
    this.#tell(range);
    this.#paint();
  }

  #cancel() {
    this.#isDragging = false;
    this.#range = null;
    say(this.#line, '');
    this.#paint();
  }

  #finish() {
    const [since, until] = this.#snapped();
    this.#cancel();
    this.#choose(since, until);
  }

  /** Says how many events the bars of a range have. */
  #tell(range) {
    const kept = this.#range;
    this.#range = range;
    const [from, to] = this.#snapped();
    this.#range = kept;
    const events = this.#data.bars.all.filter(({ at }) => at + this.#data.bars.length > from && at < to)
      .reduce((sum, bar) => sum + bar.events, 0);
    say(this.#line, `${stamp(from, 'full')} to ${stamp(to, 'full')}: ${counted(events, 'event')}`);
  }
}
