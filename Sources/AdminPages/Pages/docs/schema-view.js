// A JSON Schema as a list of its members.

import { element } from './dom.js';
import { Interface } from './openapi.js';
import { prose } from './prose.js';

/** Maximum depth. Below it, and inside itself, only the name of a schema is shown. */
const deepest = 8;

/** The pairs of keywords that bound a value, with the unit that they count. */
const bounds = [
  ['minimum', 'maximum', ''], ['minLength', 'maxLength', ' characters'], ['minItems', 'maxItems', ' elements'],
  ['minProperties', 'maxProperties', ' members'],
];

/** Returns a schema in a few words: `integer, 1 to 1000, default 100`. */
export function summaryOf(schema, document) {
  const resolved = document.resolve(schema);
  const { format, const: constant, pattern } = resolved;
  const words = [
    typeOf(schema, document), format, ...bounds.map((bound) => rangeOf(resolved, bound)),
    resolved.exclusiveMinimum === undefined ? null : `more than ${resolved.exclusiveMinimum}`,
    resolved.exclusiveMaximum === undefined ? null : `less than ${resolved.exclusiveMaximum}`,
    constant === undefined ? null : `always ${JSON.stringify(constant)}`,
    resolved.enum ? `one of ${resolved.enum.map((value) => JSON.stringify(value)).join(', ')}` : null,
    pattern ? `like ${pattern}` : null,
    resolved.default === undefined ? null : `default ${JSON.stringify(resolved.default)}`,
  ];
  return words.filter(Boolean).join(', ');
}

function rangeOf(schema, [least, most, unit]) {
  const [from, to] = [schema[least], schema[most]];
  if (from === undefined && to === undefined) return null;
  if (to === undefined) return `at least ${from}${from === 1 ? unit.replace(/s$/, '') : unit}`;
  return from === undefined ? `at most ${to}${unit}` : `${from} to ${to}${unit}`;
}

/** Returns the type of a schema; for a named object, its name. */
function typeOf(schema, document) {
  const resolved = document.resolve(schema);
  if (schema.$ref && (resolved.properties || resolved.oneOf || resolved.allOf)) return Interface.nameOf(schema.$ref);
  const types = [resolved.type ?? []].flat();
  if (types.length === 0) {
    if (resolved.properties) return 'object';
    return resolved.const === undefined && !resolved.enum && !resolved.allOf && !resolved.oneOf && !resolved.anyOf
      ? 'any value' : '';
  }
  const named = types.map((type) =>
    (type === 'array' && resolved.items ? `array of ${typeOf(resolved.items, document) || 'values'}` : type));
  return named.join(' or ');
}

/** Returns the members of a schema as nested lists; null without members. */
export function membersOf(schema, document, above = []) {
  const name = schema.$ref ? Interface.nameOf(schema.$ref) : null;
  if (above.length >= deepest || (name && above.includes(name))) return null;
  const within = [...above, name ?? ''];
  const resolved = document.resolve(schema);
  const rows = [
    ...ownMembers(resolved, document, within),
    ...(resolved.allOf ?? []).map((part) => membersOf(part, document, within)),
    ...alternatives(resolved, document, within),
  ].filter(Boolean);
  if (rows.length > 0) return element('ul', { class: 'members' }, rows.flatMap(unwrapped));
  return resolved.items ? membersOf(resolved.items, document, within) : null;
}

/** Returns the rows of a list, instead of a list inside a list. */
function unwrapped(row) {
  return row.tagName === 'UL' ? [...row.children] : [row];
}

function ownMembers(schema, document, above) {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    memberRow(element('code', {}, name), property, document, above, required.includes(name)));
  const others = schema.additionalProperties ?? schema.unevaluatedProperties;
  if (others && typeof others === 'object') {
    rows.push(memberRow(element('em', {}, 'any other name'), others, document, above, false));
  }
  return rows;
}

function alternatives(schema, document, above) {
  return (schema.oneOf ?? schema.anyOf ?? []).map((choice, index) => {
    const { title } = document.resolve(choice);
    const label = element('em', {}, `${index === 0 ? 'either' : 'or'}${title ? ` ${title}` : ''}`);
    return memberRow(label, choice, document, above, false);
  });
}

function memberRow(label, schema, document, above, isRequired) {
  return element('li', {},
    label, ' ', element('span', { class: 'soft small' }, summaryOf(schema, document)),
    isRequired ? element('span', { class: 'required small' }, ' required') : null,
    ...prose(document.resolve(schema).description), membersOf(schema, document, above));
}
