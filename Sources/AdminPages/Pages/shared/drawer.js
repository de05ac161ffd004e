// The part of a page that shows one row of a list whole: beside the list, or over it on a small screen.

import { element, find, say } from './dom.js';

/** Returns one line of a description: its name and its content, nodes or text. */
export function line(name, ...content) {
  return element('div', {}, element('dt', {}, name), element('dd', {}, ...content));
}

/** Returns a button that copies the text that `make` returns, and says that it did. */
export function copyButton(label, make) {
  const button = element('button', { type: 'button' }, label);
  button.addEventListener('click', async () => {
    try {
      await copy(make());
      say(button, 'Copied');
    } catch {
      say(button, 'Not copied');
    }
    setTimeout(() => say(button, label), 1500);
  });
  return button;
}

/** Copies a text. Browsers offer `navigator.clipboard` to pages over TLS and of the own machine alone. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = element('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
  document.body.append(area);
  area.value = text;
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (!isCopied) throw new Error('the browser refused');
}

/** The drawer `#drawer` of a page. */
export class Drawer {
  #node = find('#drawer');
  #title = find('#drawer-title');
  #body = find('#drawer-body');
  #closed;
  /** The element that had the focus before. */
  #before = null;

  /** `closed` is called when the reader closes the drawer. */
  constructor(closed) {
    this.#closed = closed;
    find('#drawer-close').addEventListener('click', () => this.#dismiss());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !this.#node.hidden && !event.defaultPrevented) this.#dismiss();
    });
  }

  /** Whether something is shown. */
  get isOpen() {
    return !this.#node.hidden;
  }

  /** Shows nodes under a title. The focus moves into the drawer when it opens. */
  show(title, nodes) {
    say(this.#title, title);
    this.#body.replaceChildren(...nodes);
    this.#node.scrollTop = 0;
    if (this.isOpen) return;
    this.#before = document.activeElement;
    this.#node.hidden = false;
    document.body.classList.add('has-drawer');
    this.#title.focus({ preventScroll: true });
  }

  /** Hides the drawer; the focus goes back to where it was. */
  hide() {
    if (!this.isOpen) return;
    const isInside = this.#node.contains(document.activeElement);
    this.#node.hidden = true;
    document.body.classList.remove('has-drawer');
    if (isInside && this.#before?.isConnected) this.#before.focus({ preventScroll: true });
  }

  #dismiss() {
    this.hide();
    this.#closed();
  }
}
