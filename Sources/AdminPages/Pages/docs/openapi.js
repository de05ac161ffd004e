// Reads an OpenAPI document (https://spec.openapis.org/oas/v3.1.0).

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'];

/** A document that resolves its references. */
export class Interface {
  #document;

  constructor(document) {
    this.#document = document;
  }

  get info() {
    return this.#document.info ?? {};
  }

  /**
   * Returns `node`, or the target of its `$ref` in this document, with the description beside the reference.
   * A missing target becomes an empty object with a description that says so.
   */
  resolve(node) {
    let found = node;
    for (let depth = 0; found?.$ref && depth < 16; depth += 1) {
      const { $ref: reference, ...beside } = found;
      found = { ...this.#at(reference), ...beside };
    }
    return found ?? {};
  }

  /** Returns the name in a reference such as `#/components/schemas/Event`. */
  static nameOf(reference) {
    return reference.split('/').at(-1);
  }

  #at(reference) {
    const missing = { description: `${reference} is not in the document` };
    if (!reference.startsWith('#/')) return missing;
    return reference.slice(2).split('/')
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((place, part) => place?.[part], this.#document) ?? missing;
  }

  /** The operations, `[{tag, description, operations}]`, in the order of the document. */
  get groups() {
    const groups = new Map((this.#document.tags ?? []).map(({ name, description }) =>
      [name, { tag: name, description, operations: [] }]));
    for (const operation of this.#operations()) {
      const tag = operation.tags?.[0] ?? 'Operations';
      if (!groups.has(tag)) groups.set(tag, { tag, operations: [] });
      groups.get(tag).operations.push(operation);
    }
    return [...groups.values()].filter(({ operations }) => operations.length > 0);
  }

  * #operations() {
    for (const [path, reference] of Object.entries(this.#document.paths ?? {})) {
      const item = this.resolve(reference);
      for (const method of methods.filter((name) => item[name])) {
        const operation = item[method];
        const id = operation.operationId ?? `${method}${path.replaceAll(/[^a-zA-Z0-9]+/g, '-')}`;
        yield { ...operation, id, path, method, parameters: this.#parameters(item, operation) };
      }
    }
  }

  /** Returns the parameters of the path, except those that the operation replaces. */
  #parameters(item, operation) {
    const own = (operation.parameters ?? []).map((parameter) => this.resolve(parameter));
    const inherited = (item.parameters ?? []).map((parameter) => this.resolve(parameter))
      .filter((one) => !own.some((other) => other.name === one.name && other.in === one.in));
    return [...inherited, ...own];
  }
}

/** Returns the examples of a media type or parameter, `[{title, value}]`. */
export function examplesOf(node, document) {
  const named = Object.entries(node.examples ?? {}).map(([name, example]) => {
    const { summary, value } = document.resolve(example);
    return { title: summary ?? name, value };
  });
  const single = node.example === undefined ? [] : [{ title: 'Example', value: node.example }];
  return [...single, ...named].filter(({ value }) => value !== undefined);
}
