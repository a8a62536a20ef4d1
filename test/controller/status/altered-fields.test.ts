import type { Manifest } from '../../../constructs';
import { alteredFields } from '../../../controller/status/altered-fields';
import type { KubeObject } from '../../../controller/objects/objects';
import { SmallCluster, conditionText, eventTexts, messageOf } from './small-cluster';

const metadata = { name: 'alice', namespace: 'team-a' };
const wanted = (spec: object): Manifest => ({ apiVersion: 'v1', kind: 'Service', metadata, spec });
const live = (spec: object): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, labels: { a: 'b' } }, spec });

describe('T-T7 fields that others changed', () => {
  it.each<[string, object, object, string[]]>([
    ['a plain value', { type: 'ClusterIP' }, { type: 'NodePort' }, ['.spec.type']],
    [
      'in a list with names, in any order',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 2 },
        ],
      },
      {
        ports: [
          { name: 'b', port: 3 },
          { name: 'x', port: 9 },
          { name: 'a', port: 1 },
        ],
      },
      ['.spec.ports[name="b"].port'],
    ],
    ['an element that is gone', { ports: [{ name: 'a', port: 1 }] }, { ports: [{ name: 'b', port: 1 }] }, ['.spec.ports[name="a"]']],
    ['a list of plain values', { args: ['a', 'b'] }, { args: ['a', 'c'] }, ['.spec.args[1]']],
    ['a list that got longer', { args: ['a'] }, { args: ['a', 'b'] }, ['.spec.args']],
    ['a key with dots', { data: { 'openclaw.json': 'a' } }, { data: { 'openclaw.json': 'b' } }, ['.spec.data["openclaw.json"]']],
    ['another form', { a: { b: 1 } }, { a: 'b' }, ['.spec.a']],
  ])('are told by their path: %s', (_what, sent, found, paths) => {
    expect(alteredFields(wanted(sent), live(found))).toEqual(paths);
  });

  it.each<[string, object, object]>([
    ['what the server adds', { a: 1 }, { a: 1, b: 2 }],
    ['what the server leaves out', { a: 1, newer: { field: 1 }, none: [] }, { a: 1 }],
    ['a quantity in other words', { limits: { cpu: '2000m', memory: '1024Mi' } }, { limits: { cpu: '2', memory: '1Gi' } }],
    ['a number as text', { port: 80 }, { port: '80' }],
    ['null', { a: null }, { a: 1 }],
  ])('are not %s', (_what, sent, found) => {
    expect(alteredFields(wanted(sent), live(found))).toEqual([]);
  });

  it('are two quantities that differ', () => {
    expect(alteredFields(wanted({ cpu: '500m' }), live({ cpu: '2' }))).toEqual(['.spec.cpu']);
  });
});

/** What the server made of an object: it answers that all is well. */
function mutated(key: string, change: (object: KubeObject) => KubeObject) {
  const cluster = new SmallCluster().run();
  cluster.objects.set(key, change(cluster.get(key)));
  const answer = { action: 'unchanged' as const, live: cluster.get(key) };
  return { cluster, pass: cluster.pass({ results: { [key]: answer } }) };
}

describe('T-T7 a policy that mutates what is written', () => {
  it('of the Service is told in its condition, with the path', () => {
    const { pass } = mutated('Service/alice', (object) => {
      const spec = object['spec'] as { ports: { name: string; port: number }[] };
      return { ...object, spec: { ...spec, ports: spec.ports.map((port) => ({ ...port, port: 1 })) } };
    });
    expect(conditionText(pass, 'ServiceReady')).toBe('False ChangedByOthers');
    expect(messageOf(pass, 'ServiceReady')).toMatch(
      /^Service alice: a policy or another writer changes \.spec\.ports\[name="gateway"\]\.port, /,
    );
    expect(conditionText(pass, 'Ready')).toBe('True ReconcileSucceededDegraded');
    expect(eventTexts(pass)).toEqual([expect.stringMatching(/^Warning ReconcileSucceededDegraded: ServiceReady: Service alice/)]);
  });

  it('of the image is told in the summary, and no more often than it changes', () => {
    const { cluster, pass } = mutated('StatefulSet/alice', (object) => {
      return JSON.parse(JSON.stringify(object).replaceAll('ghcr.io/', 'mirror.example.com/')) as KubeObject;
    });
    expect(messageOf(pass, 'Ready')).toContain('.spec.template.spec.containers[name="openclaw"].image');
    expect(messageOf(pass, 'Ready')).not.toContain('mirror');
    const answer = { action: 'unchanged' as const, live: cluster.get('StatefulSet/alice') };
    expect(cluster.pass({ results: { 'StatefulSet/alice': answer } }).isWritten).toBe(false);
  });
});
