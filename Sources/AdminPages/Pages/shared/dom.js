// Elements. Text only becomes text nodes, because topics, sources and payloads are arbitrary text of producers. The
// Content-Security-Policy forbids turning text into elements.

/**
 * Returns an element with attributes (`null` and `false` omit one) and children; strings become text.
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Returns an SVG element in the same way. */
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

/** Sets the text of `node` if it differs, so that a screen reader announces only changes. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Returns the element that `selector` finds; throws when there is none, because the page is wrong then. */
export function find(selector, root = document) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`no element ${selector}`);
  return node;
}
