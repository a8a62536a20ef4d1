// The floor that the engine is measured against: the same plain objects built by hand.
//
// The code of the builder is generated from the manifests. Every string and number comes from outside, as it would in a program that somebody
// wrote: V8 clones literals of constants from a template, which no real program could live on.

/**
 * A function that builds `manifests` anew at every call.
 *
 * @param {readonly object[]} manifests plain JSON
 * @returns {() => object[]}
 */
export function builderOf(manifests) {
  const leaves = [];
  const functions = manifests.map((manifest, index) => `function object${index}(v) { return ${literal(manifest, leaves)}; }`);
  const calls = manifests.map((_, index) => `object${index}(v)`);
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is made from our own JSON
  return new Function('v', `${functions.join('\n')}\nreturn () => [${calls.join(', ')}];`)(leaves);
}

function literal(value, leaves) {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, leaves)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, child]) => `${JSON.stringify(key)}: ${literal(child, leaves)}`)
      .join(', ')}}`;
  }
  return `v[${leaves.push(value) - 1}]`;
}
