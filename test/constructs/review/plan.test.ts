import { differences } from '../../../constructs/review/differences';
import { planOf } from '../../../constructs/review/plan';
import { planJson, planLines, planMarkdown } from '../../../constructs/review/plan-text';
import { RISKS, risksOfDifference, risksOfObject } from '../../../constructs/review/risks';
import type { ManifestSet } from '../../../constructs';
import { type Modifier, anInstance, rendered, withChromium, withEnv, withSpec } from '../../builders';

const paths = (before: unknown, after: unknown): string[] =>
  differences(before, after).map(({ path, before: one, after: other }) => `${path}: ${JSON.stringify(one)} ${JSON.stringify(other)}`);

const textOf = (value: unknown): string => JSON.stringify({ a: { b: value } });

const secret = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: { a: value },
  stringData: { b: [value] },
});

const files = (text: string) => withSpec({ workspace: { initialFiles: { 'A.md': text } } });

function set(name: string, ...modifiers: readonly Modifier[]): ManifestSet {
  return { name, namespace: 'team-a', manifests: rendered(anInstance(name, ...modifiers)).manifests };
}

/** `path risks` of every field that changes from one spec to the other. */
function told(before: readonly Modifier[], after: readonly Modifier[]): string[] {
  const { instances } = planOf([set('alice', ...before)], [set('alice', ...after)]);
  return instances.flatMap(({ objects }) =>
    objects.flatMap(({ ref, action, fields, risks }) =>
      action === 'configured'
        ? fields.map(({ path, risks: own }) => `${ref.kind} ${path} ${own.join()}`)
        : [`${ref.kind} ${action} ${risks.join()}`],
    ),
  );
}

const leaky = (value: string): ManifestSet => ({
  name: 'x',
  manifests: [
    secret(value),
    ...set('x', withEnv({ name: 'NOTE', value }, { name: 'API_PASSWORD', value: `hunter2-${value.slice(-3)}` })).manifests,
  ],
});

describe('differences', () => {
  it('tell lists by the names in them, whatever their place', () => {
    const before = {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    };
    expect(
      paths(before, {
        env: [
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ],
      }),
    ).toEqual(['env[A]: {"name":"A","value":"1"} undefined', 'env[B].value: "2" "3"', 'env[C]: undefined {"name":"C","value":"4"}']);
  });

  it('tell an order that changes: containers begin in it, and variables refer to those before', () => {
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    expect(paths({ l: [a, b] }, { l: [b, a] })).toEqual(['l[order]: ["a","b"] ["b","a"]']);
  });

  it('take the next word where a name does not tell elements apart', () => {
    const [one, other] = [
      { name: 'data', mountPath: '/a' },
      { name: 'data', mountPath: '/b' },
    ];
    expect(paths({ m: [one] }, { m: [one, other] })).toEqual(['m[/b]: undefined {"name":"data","mountPath":"/b"}']);
  });

  it('tell rules without names by what is in both, and a single other one field by field', () => {
    const [a, b] = [
      { to: [{ x: 1 }], ports: [{ port: 1 }] },
      { to: [{ x: 2 }], ports: [{ port: 2 }] },
    ];
    expect(paths({ r: [a, b] }, { r: [b, { ...a, ports: [{ port: 9 }] }] })).toEqual([
      'r[1].ports[1]: {"port":1} undefined',
      'r[1].ports[9]: undefined {"port":9}',
    ]);
    expect(paths({ r: [a, a] }, { r: [a] })).toEqual([`r[1]: ${JSON.stringify(a)} undefined`]);
  });

  it('look into JSON that stands in a text, and into JSON in that', () => {
    expect(paths({ 'x.json': textOf(1) }, { 'x.json': textOf(2) })).toEqual(['[x.json]#a.b: 1 2']);
    expect(paths({ d: textOf(textOf(1)) }, { d: textOf(textOf(2)) })).toEqual(['d#a.b#a.b: 1 2']);
    expect(paths({ d: '{' }, { d: '[' })).toEqual(['d: "{" "["']);
  });

  it('are none between two orders of the same fields; a field may be called like one of every object', () => {
    expect(paths({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual([]);
    expect(paths({}, { constructor: 1 })).toEqual(['constructor: undefined 1']);
  });
});

describe('risks of a change of a spec', () => {
  it.each<[string, readonly Modifier[], readonly Modifier[], readonly string[]]>([
    ['restart', [], [withEnv({ name: 'A', value: 'b' })], ['StatefulSet spec.template.spec.containers[openclaw].env[A] restart']],
    [
      'secret reference',
      [withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'a' } } })],
      [withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'two', key: 'a' } } })],
      ['StatefulSet spec.template.spec.containers[openclaw].env[A].valueFrom.secretKeyRef.name secret-reference,restart'],
    ],
    [
      'secret reference of a variable that is new',
      [],
      [withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'a' } } })],
      ['StatefulSet spec.template.spec.containers[openclaw].env[A] secret-reference,restart'],
    ],
    [
      'data, immutable and cost: a claim that shrinks',
      [withSpec({ storage: { persistence: { size: '10Gi' } } })],
      [withSpec({ storage: { persistence: { size: '5Gi' } } })],
      ['PersistentVolumeClaim spec.resources.requests.storage data,immutable,cost'],
    ],
    [
      'data and cost: a claim that grows',
      [withSpec({ storage: { persistence: { size: '900Mi' } } })],
      [withSpec({ storage: { persistence: { size: '5Gi' } } })],
      ['PersistentVolumeClaim spec.resources.requests.storage data,cost'],
    ],
    [
      'exposure and cost: a load balancer',
      [],
      [withSpec({ networking: { service: { type: 'LoadBalancer' } } })],
      ['Service spec.type exposure,cost'],
    ],
    ['cost without a restart: no pods', [], [withSpec({ suspended: true })], ['StatefulSet spec.replicas cost']],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expect.arrayContaining([...expected]));
    expect(told(after, after)).toEqual([]);
  });

  it('RBAC and exposure: rights and doors that come or go', () => {
    expect(risksOfObject('RoleBinding', 'created')).toEqual(['rbac']);
    expect(risksOfObject('NetworkPolicy', 'deleted')).toEqual(['exposure']);
    expect(risksOfObject('StatefulSet', 'deleted')).toEqual(['restart']);
    expect(risksOfObject('PersistentVolumeClaim', 'deleted')).toEqual(['data', 'cost']);
    expect(risksOfObject('ConfigMap', 'deleted')).toEqual([]);
  });

  it.each(['selector.matchLabels.a', 'serviceName', 'podManagementPolicy', 'volumeClaimTemplates[].spec'])(
    'immutable: %s of a StatefulSet',
    (field) => {
      expect(risksOfDifference('StatefulSet', { path: '', shape: `spec.${field}`, before: 1, after: 2 })).toContain('immutable');
    },
  );

  it.each(['template.spec.hostname', 'replicas', 'updateStrategy.type', 'minReadySeconds'])(
    'not immutable: %s of a StatefulSet',
    (field) => {
      expect(risksOfDifference('StatefulSet', { path: '', shape: `spec.${field}`, before: 1, after: 2 })).not.toContain('immutable');
    },
  );

  it('a volume without data is no data', () => {
    const found = told([withChromium()], []).filter((line) => line.includes('volumes['));
    expect(found.length).toBeGreaterThan(1);
    expect(found.filter((line) => line.includes('data,') || line.endsWith('data'))).toEqual([]);
  });
});

describe('a plan', () => {
  const [before, after] = [
    [set('alice'), set('bob')],
    [set('alice', withEnv({ name: 'A', value: 'b' })), set('carol')],
  ];

  it('has every instance that comes, goes or changes, sorted, and counts the others', () => {
    const plan = planOf([...before, set('zoe')], [...after, set('zoe')]);
    expect(plan.instances.map(({ name, action }) => `${name} ${action}`)).toEqual(['alice configured', 'bob deleted', 'carol created']);
    expect(plan.unchanged).toBe(1);
    expect(plan.risks).toEqual(
      RISKS.filter((risk) => plan.instances.some(({ objects }) => objects.some(({ risks }) => risks.includes(risk)))),
    );
  });

  it('has a hash that follows from what it does, and from nothing else', () => {
    const { hash } = planOf(before, after);
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(planOf(before.toReversed(), [...after.toReversed(), set('zoe')].slice(0, 2)).hash).toBe(hash);
    expect(planOf([...before, set('zoe')], [...after, set('zoe')]).hash).toBe(hash);
    expect(planOf(before, [set('alice', withEnv({ name: 'A', value: 'c' })), set('carol')]).hash).not.toBe(hash);
    expect(planOf([set('alice', withEnv({ name: 'X', value: 'b' })), set('bob')], after).hash).not.toBe(hash);
  });

  it('does not tell a namespace from one that a file leaves out', () => {
    const homeless = {
      ...set('alice'),
      manifests: set('alice').manifests.map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, namespace: 'team-a' } })),
    };
    const { instances } = planOf([homeless], [set('alice')]);
    expect(instances.flatMap(({ objects }) => objects.map(({ action }) => action)).filter((action) => action !== 'configured')).toEqual([]);
  });

  it('never shows what looks like a secret, in any of its forms', () => {
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    const plan = planOf([leaky('b2xkIHZhbHVl')], [leaky(token)]);
    const all = [planLines(plan).join('\n'), planMarkdown(plan), JSON.stringify(planJson(plan))];
    for (const text of all) {
      expect(text).toContain('(withheld)');
      for (const word of [token, 'b2xkIHZhbHVl', 'hunter2']) expect(text).not.toContain(word);
    }
  });

  it('is text in one line a field, whatever users write: nothing steers a terminal or ends a block of Markdown', () => {
    const hostile = 'a\u001b[31m\u202eb\n```\n# Approved | yes';
    const plan = planOf([set('alice')], [set('alice', withSpec({ podAnnotations: { note: hostile } }))]);
    const lines = planLines(plan);
    // eslint-disable-next-line no-control-regex
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(planMarkdown(plan).match(/```/g)).toHaveLength(2);
  });

  it('counts lines of long texts instead of showing them', () => {
    const plan = planOf([set('alice', files('one\ntwo\nthree\n'))], [set('alice', files('one\n2\nthree\nfour\n'))]);
    expect(planLines(plan).join('\n')).toContain('text: 2 lines added, 1 removed');
  });

  it('of nothing says so', () => {
    expect(planLines(planOf([set('alice')], [set('alice')]))).toEqual(['nothing changes; 1 instance looked at']);
    expect(planMarkdown(planOf([], []))).toBe('Nothing changes.\n');
  });

  it('colours signs, names and risks, and no value', () => {
    const lines = planLines(planOf(before, after), (text, tone) => `<${tone}>${text}</>`);
    expect(lines[0]).toBe('<strong>team-a/alice</>: 1 configured, 9 unchanged');
    expect(lines[1]).toBe('  <configured>~ StatefulSet alice</>  <risk>(restart)</>');
    expect(lines[2]).not.toContain('<');
  });
});
