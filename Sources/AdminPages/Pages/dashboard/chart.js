// A chart of the last minutes in SVG. Each sample redraws it, with its figures in a legend and in words.

import { element, say, shape } from './dom.js';
import { stamp } from './times.js';
import { Scale, areaOf, pathOf, step } from './scale.js';

const margin = { top: 8, right: 4, bottom: 20, left: 46 };

/**
 * `options`: `series` ([{figure, label, isArea}], drawn in this order), `write` and `tick` (numbers as text), `least`
 * (minimum for the top of the axis), `isSparse` (whether intervals without a value are usual), `span` (milliseconds).
 */
export class Chart {
  #options;
  #svg = shape('svg', { role: 'img', tabindex: 0 });
  #moment = element('p', { class: 'moment', role: 'status' });
  #values = new Map();
  #samples = [];
  #bands = [];
  #now = 0;
  /** The sample that the pointer or the keyboard selects, as an index; null for the newest one. */
  #cursor = null;

  constructor(figure, options) {
    this.#options = options;
    figure.append(this.#legend(), this.#svg, this.#moment);
    this.#listen();
    new ResizeObserver(() => this.#paint()).observe(figure);
  }

  /**
   * Shows `samples` up to `now`.
   * @param {{from: number, to: number}[]} bands the times that are marked, because the database was unavailable
   * @param {number} span milliseconds that are shown
   */
  draw(samples, now, bands, span) {
    const looksAt = this.#cursor === null ? null : this.#samples[this.#cursor]?.at;
    this.#samples = samples;
    this.#bands = bands;
    this.#now = now;
    this.#options.span = span;
    const index = looksAt === null ? -1 : samples.findIndex(({ at }) => at === looksAt);
    this.#cursor = index === -1 ? null : index;
    this.#paint();
  }

  #legend() {
    return element('ul', { class: 'legend' }, this.#options.series.map(({ figure, label }, index) => {
      const value = element('b', {}, '–');
      this.#values.set(figure, value);
      const sign = shape('svg', { viewBox: '0 0 24 10', 'aria-hidden': 'true' },
        shape('path', { class: `line series-${index + 1}`, d: 'M1 5H23' }));
      return element('li', {}, sign, element('span', {}, label), value);
    }));
  }

  #paint() {
    const [width, height] = [this.#svg.clientWidth, this.#svg.clientHeight];
    if (width === 0) return;
    const { series, least, span } = this.#options;
    const figures = series.map(({ figure }) => figure);
    const layout = { width, height, margin, span, now: this.#now, least, figures, step };
    const scale = new Scale(layout, this.#samples);
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#svg.replaceChildren(
      ...this.#outages(scale), ...this.#axes(scale), ...this.#lines(scale), ...this.#cursorLine(scale));
    this.#write();
  }

  #axes(scale) {
    const horizontal = scale.ticks.flatMap((value) => [
      shape('path', { class: 'grid', d: `M${margin.left} ${scale.y(value)}H${scale.right}` }),
      shape('text', { x: margin.left - 6, y: scale.y(value) + 4, 'text-anchor': 'end' }, this.#options.tick(value)),
    ]);
    return [...horizontal, ...this.#minutes(scale)];
  }

  #minutes(scale) {
    const last = this.#options.span / 60_000;
    const size = last > 10 ? 10 : 1;
    const isRoomy = (scale.right - margin.left) * size / last > 80;
    const minutes = isRoomy ? Array.from({ length: last / size + 1 }, (_, index) => index * size) : [0, last];
    return minutes.map((minute) => shape('text', {
      x: scale.x(this.#now - minute * 60_000), y: scale.floor + 16,
      'text-anchor': minute === 0 ? 'end' : minute === last ? 'start' : 'middle',
    }, minute === 0 ? 'now' : `−${minute} min`));
  }

  /** The times without the database, from the top to the bottom. */
  #outages(scale) {
    return this.#bands.map(({ from, to }) => {
      const [left, right] = [from, to].map((at) => Math.max(margin.left, scale.x(at)));
      return shape('rect', {
        class: 'outage', x: left, y: margin.top, width: Math.max(right - left, 1), height: scale.floor - margin.top,
      });
    });
  }

  #lines(scale) {
    if (this.#samples.length < 2) {
      const middle = (margin.left + scale.right) / 2;
      const text = { class: 'waiting', x: middle, y: scale.floor / 2, 'text-anchor': 'middle' };
      return [shape('text', text, 'Collecting …')];
    }
    return this.#options.series.flatMap(({ figure, isArea }, index) => [
      isArea ? this.#drawn('area', index, areaOf(this.#samples, figure, scale, this.#options.isSparse)) : null,
      this.#drawn('line', index, pathOf(this.#samples, figure, scale, this.#options.isSparse)),
    ]).filter(Boolean);
  }

  #drawn(kind, index, d) {
    return shape('path', { class: `${kind} series-${index + 1}`, d });
  }

  #cursorLine(scale) {
    if (this.#cursor === null) return [];
    const x = scale.x(this.#samples[this.#cursor].at);
    return [shape('path', { class: 'cursor', d: `M${x} ${margin.top}V${scale.floor}` })];
  }

  /** Writes the figures into the legend, and in words for screen readers. */
  #write() {
    const sample = this.#cursor === null ? this.#samples.at(-1) : this.#samples[this.#cursor];
    const { series, write, span } = this.#options;
    for (const { figure } of series) say(this.#values.get(figure), write(sample?.[figure]));
    const parts = series.map(({ figure, label }) => {
      const numbers = this.#samples.map((each) => each[figure]).filter(Number.isFinite);
      const most = numbers.length > 0 ? `, at most ${write(Math.max(...numbers))}` : '';
      return `${label} ${write(this.#samples.at(-1)?.[figure])}${most}`;
    });
    const away = this.#bands.length > 0 ? ' The database was unavailable for a part of it.' : '';
    this.#svg.setAttribute('aria-label',
      `The last ${span / 60_000} minutes. Now: ${parts.join('; ')}.${away} Arrow keys move through time.`);
  }

  #listen() {
    this.#svg.addEventListener('pointermove', (event) => {
      const left = this.#svg.getBoundingClientRect().left;
      const width = this.#svg.clientWidth - margin.left - margin.right;
      const age = (1 - (event.clientX - left - margin.left) / width) * this.#options.span;
      const index = this.#samples.findLastIndex(({ at }) => at <= this.#now - age);
      this.#lookAt(index < 0 ? null : index);
    });
    this.#svg.addEventListener('pointerleave', () => this.#lookAt(null));
    this.#svg.addEventListener('blur', () => this.#lookAt(null));
    this.#svg.addEventListener('keydown', (event) => {
      const last = this.#samples.length - 1;
      const from = this.#cursor ?? last;
      const to = { ArrowLeft: from - 5, ArrowRight: from + 5, Home: 0, End: last, Escape: null }[event.key];
      if (to === undefined || last < 0) return;
      event.preventDefault();
      this.#lookAt(to === null ? null : Math.min(Math.max(to, 0), last));
    });
  }

  #lookAt(index) {
    this.#cursor = index;
    this.#paint();
    const sample = index === null ? null : this.#samples[index];
    const { series, write } = this.#options;
    say(this.#moment, sample
      ? `At ${stamp(sample.at)}: ${series.map(({ figure, label }) => `${label} ${write(sample[figure])}`).join(', ')}`
      : '');
  }
}
