import { OpenClaw, render, resolve } from '../../../constructs';
import { anInstance, withSpec } from '../../builders';
import { newChart } from '../authoring/synthesized';

const issuesOf = (...[spec, facts]: [Parameters<typeof withSpec>[0], Parameters<typeof resolve>[1]?]): [string, string][] => {
  const resolution = resolve(anInstance(withSpec(spec)), facts);
  return resolution.ok ? [] : resolution.issues.map(({ path, rule }) => [path, rule]);
};

describe('T-R18 a NUL, which the server takes and no process does', () => {
  it.each([
    ['a variable of the agent', { env: [{ name: 'A', value: 'a\0b' }] }, 'spec.env[0].value', 'values/env'],
    [
      'a variable of a sidecar',
      { sidecars: [{ name: 's', image: 'x', env: [{ name: 'A', value: '\0' }] }] },
      'spec.sidecars[0].env[0].value',
      'values/env',
    ],
    ['an argument', { sidecars: [{ name: 's', image: 'x', args: ['a', '\0'] }] }, 'spec.sidecars[0].args[1]', 'values/container'],
    [
      'a command',
      { initContainers: [{ name: 's', image: 'x', command: ['\0'] }] },
      'spec.initContainers[0].command[0]',
      'values/container',
    ],
  ])('in %s is refused', (_, spec, path, rule) => {
    expect(issuesOf(spec)).toContainEqual([path, rule]);
  });
});

describe('numbers that JSON cannot write are refused, and not made null', () => {
  it.each([
    ['json', '{"a":[1,{"b":1e400}]}'],
    ['json5', '{a: NaN}'],
    ['json5', '{a: -Infinity}'],
  ] as const)('in a ConfigMap of %s: %s', (format, text) => {
    const facts = { configMaps: new Map([['theirs', { data: { 'openclaw.json': text } }]]) };
    const spec = { config: { configMapRef: { name: 'theirs' }, format } } as Parameters<typeof withSpec>[0];
    expect(issuesOf(spec, facts)).toContainEqual(['spec.config.configMapRef', 'config/number']);
  });

  it('in what a cdk8s author writes', () => {
    const props = { image: { tag: '2026.9.6' }, config: { raw: { a: { b: [Number.NaN] } } } };
    expect(() => new OpenClaw(newChart(), 'alice', props)).toThrow('spec.config.raw');
  });
});

it.each(['constructor', 'tostring', 'hasownproperty'])('T-T3 an instance may be called %s', (name) => {
  const resolution = resolve({ ...anInstance(), metadata: { name, namespace: 'team-a' } });
  const manifests = resolution.ok ? render(resolution.instance) : [];
  expect(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toContain(`StatefulSet/${name}`);
});

it('an unknown field is told once, however its name is written', () => {
  const resolution = resolve(anInstance(withSpec({ 'a.b\u001b': 1 } as object)));
  expect(resolution.ok ? [] : resolution.issues.map(({ path, severity }) => [path, severity])).toEqual([['spec[a.b\u001b]', 'error']]);
});
