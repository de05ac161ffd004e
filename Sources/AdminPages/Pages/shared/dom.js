// Elements. Text only ever becomes text nodes: topics, sources and payloads are whatever a producer sent, and
// the Content-Security-Policy forbids every way of turning text into elements.

/**
 * An element with attributes (`null` and `false` leave one out) and children, of which strings become text.
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Writes `text` into `node` when it says something else: a screen reader hears only what changed. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The one element that `selector` finds; its absence is a mistake in the page. */
export function find(selector, root = document) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`no element ${selector}`);
  return node;
}
