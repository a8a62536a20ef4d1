import { refused } from './refused-rules';
import { nodes, plurals, schemaOf } from './schemas';

const rules = plurals.flatMap((plural) =>
  nodes(schemaOf(plural)).flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map((rule) => ({ path: `${plural}.${path}`, ...rule })),
  ),
);

/** Functions and macros that an API server of Kubernetes 1.30 knows in new rules. */
const known = new Set(
  'has all exists exists_one matches startsWith contains size split string duration quantity compareTo isGreaterThan isLessThan hasValue'.split(
    ' ',
  ),
);

/** The string literals of a rule, and what is left without them. */
function parts(rule: string): { readonly code: string; readonly literals: readonly string[] } {
  const literals: string[] = [];
  const code = rule.replaceAll(/'((?:[^'\\]|\\.)*)'/g, (_, text: string) => {
    literals.push(text.replaceAll(/\\(.)/g, '$1'));
    return "''";
  });
  return { code, literals };
}

function reserved(path: string): readonly string[] {
  const found = rules.filter((rule) => rule.path === path && rule.message.includes('reserved'));
  return found.flatMap(({ rule }) => parts(rule).literals);
}

describe('rules of the CRDs', () => {
  test('each has a message, and a test document that breaks it', () => {
    // A transition rule needs an old object; the cluster tests have one of their own.
    const ofNew = rules.filter(({ rule, optionalOldSelf }) => optionalOldSelf === true || !rule.includes('oldSelf'));
    const messages = [...new Set(ofNew.map(({ message }) => message))];
    expect(messages.length).toBeGreaterThan(50);
    expect(messages.filter((message) => !refused.some(({ says }) => message.includes(says)))).toEqual([]);
  });

  test('use only functions of Kubernetes 1.30', () => {
    const called = rules.flatMap(({ rule }) => [...parts(rule).code.matchAll(/([A-Za-z_]+)\(/g)].map((match) => match[1] ?? ''));
    expect([...new Set(called)].filter((name) => !known.has(name))).toEqual([]);
  });

  test('use only regular expressions that RE2 and JavaScript read alike', () => {
    const patterns = [
      ...rules.flatMap(({ rule }) =>
        [...rule.matchAll(/matches\(('(?:[^'\\]|\\.)*')\)/g)].flatMap((match) => parts(match[1] ?? '').literals),
      ),
      ...plurals.flatMap((plural) => nodes(schemaOf(plural)).flatMap(({ schema }) => schema.pattern ?? [])),
    ];
    expect(patterns.length).toBeGreaterThan(100);
    for (const pattern of new Set(patterns)) {
      expect(pattern).toMatch(/^\^/);
      // Only escapes of single characters; no classes such as \d or \s, no look-around, no lazy or possessive repeats.
      expect(pattern.replaceAll(/\\([[\]\\]|x[0-9a-f]{2})/g, '')).not.toMatch(/\\|\(\?|[*+?}][?+]/);
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
    }
  });

  test('T-R2 those at a root, which looks at all that may ever change, hold for new objects only', () => {
    const ofRoots = rules.filter(({ path }) => path.endsWith('.'));
    expect(ofRoots).toHaveLength(3);
    for (const { rule, optionalOldSelf } of ofRoots) {
      expect([rule, optionalOldSelf, rule.startsWith('oldSelf.hasValue() || ')]).toEqual([rule, true, true]);
    }
  });

  test('T-R16 only names that every pod has, and the five that the API reserves, are reserved', () => {
    const five = ['init-config', 'init-pnpm', 'init-python', 'init-skills', 'init-ollama'];
    expect([...reserved('openclawinstances.spec.initContainers[]')].toSorted()).toEqual(['init-workspace', 'openclaw', ...five].toSorted());
    expect(reserved('openclawinstances.spec.sidecars[]')).toEqual([]);
    for (const path of ['openclawinstances.spec.sidecarVolumes[]', 'openclawinstances.spec.extraVolumes[]']) {
      expect(reserved(path)).toEqual(['data', 'config', 'tmp', 'workspace-init']);
    }
  });
});
