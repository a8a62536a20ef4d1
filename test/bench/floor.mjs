// The floor that the engine is measured against: the same plain objects built by hand.
//
// The code of the builder is generated from the manifests. It makes what a program that somebody wrote would make at every call: objects,
// strings that contain the name of the instance, and the text of JSON documents. Every other string and number is a variable, not a constant:
// V8 clones literals of constants from a template, which no real program could live on.

/**
 * A function that builds `manifests` anew at every call.
 *
 * @param {readonly object[]} manifests plain JSON
 * @param {string} name of the instance they belong to
 * @returns {() => object[]}
 */
export function builderOf(manifests, name) {
  const values = [];
  const writer = new Writer(name, values);
  const functions = manifests.map((manifest, index) => `function object${index}(v, name) { return ${writer.expression(manifest)}; }`);
  const calls = manifests.map((_, index) => `object${index}(v, name)`);
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is made from our own JSON
  const build = new Function('v', 'name', `${functions.join('\n')}\nreturn [${calls.join(', ')}];`);
  return () => build(values, name);
}

class Writer {
  constructor(name, values) {
    this.name = name;
    this.values = values;
  }

  expression(value) {
    if (Array.isArray(value)) return `[${value.map((item) => this.expression(item)).join(', ')}]`;
    if (typeof value === 'object' && value !== null) return this.object(value);
    return typeof value === 'string' ? this.text(value) : this.variable(value);
  }

  object(value) {
    const fields = Object.entries(value).map(([key, child]) => `${JSON.stringify(key)}: ${this.expression(child)}`);
    return `{${fields.join(', ')}}`;
  }

  text(value) {
    if (value.startsWith('{\n') && value.endsWith('}\n')) return `JSON.stringify(${this.expression(JSON.parse(value))}, null, 2) + '\\n'`;
    // Long texts are programs and files, which a name stands in by chance only.
    if (value.length > 200 || !value.includes(this.name)) return this.variable(value);
    return value
      .split(this.name)
      .map((piece) => this.variable(piece))
      .join(' + name + ');
  }

  variable(value) {
    return `v[${this.values.push(value) - 1}]`;
  }
}
