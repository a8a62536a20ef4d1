import { type Manifest, type Part, parts, resolve } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { emittedKinds, kindId, kindsOf, ownKinds, retiredKinds } from '../../controller/objects/kinds';
import { cluster, live } from '../controller/observed';
import { partsWithDashboards, priorityClass } from '../controller/scratch-part';
import { type Example, examples, renderExample } from '../golden/examples';

/** Kinds of these objects that no part says it emits. */
function undeclared(objects: readonly Pick<Manifest, 'apiVersion' | 'kind'>[], from: readonly Part[] = parts): string[] {
  const declared = new Set(from.flatMap(({ emits = [] }) => emits.map(kindId)));
  return [...new Set(objects.map(kindId))].filter((id) => !declared.has(id));
}

describe('the kinds that parts emit', () => {
  it.each(examples().map((example) => [example.name, example] as const))(
    'hold every object of %s, its generated Secrets too',
    (_, example) => {
      const { manifests, references } = renderExample(example);
      const secrets = references.filter(({ generate }) => generate).map(() => kinds.secret);
      expect(undeclared([...manifests, ...secrets])).toEqual([]);
    },
  );

  it('are told apart from those that no part declares', () => {
    const [service] = cluster(live()).filter(({ kind }) => kind === 'Service');
    expect(undeclared([service as Manifest], [{ ...parts[0]!, emits: [kinds.role] }])).toEqual(['v1/Service']);
  });

  it('are each emitted by somebody: none is watched for nothing', () => {
    const rendered = examples().flatMap((example) => renderExample(example).manifests.map(kindId));
    const made = emittedKinds.filter((kind) => !retiredKinds.has(kind) && !ownKinds.includes(kind)).map(kindId);
    expect(made.filter((id) => !rendered.includes(id))).toEqual([]);
  });

  it('are the union over the parts, those that a cluster may lack last', () => {
    expect(kindsOf(partsWithDashboards()).map(({ kind }) => kind)).toEqual([
      ...emittedKinds.filter(({ optional }) => !optional).map(({ kind }) => kind),
      priorityClass.kind,
      'ServiceMonitor',
      'PrometheusRule',
      'Middleware',
      'HTTPRoute',
    ]);
  });
});

describe('the objects that the status names', () => {
  it('are each named by one part, and of a kind that it emits or refers to', () => {
    const all = parts.flatMap(({ managed = [] }) => managed.map(({ field }) => field));
    expect(new Set(all).size).toBe(all.length);
    for (const { managed = [], emits = [], retired = [] } of parts) {
      for (const { kind } of managed) expect([...emits, ...retired]).toContain(kind);
    }
  });

  it('are each rendered for an example under that name', () => {
    const seen = examples().flatMap((example) => {
      const { manifests } = renderExample(example);
      const { name } = example.instance.metadata;
      const spec = resolvedSpec(example);
      const names = new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      const all = parts.flatMap(({ managed = [] }) => managed);
      return all.flatMap(({ field, kind, nameOf }) => (names.has(`${kind.kind} ${nameOf({ name, spec }) ?? ''}`) ? [field] : []));
    });
    const wanted = parts.flatMap(({ managed = [] }) => managed).filter(({ kind }) => kind !== kinds.secret && !retiredKinds.has(kind));
    expect(wanted.length).toBeGreaterThan(7);
    expect(wanted.map(({ field }) => field).filter((field) => !seen.includes(field))).toEqual([]);
  });
});

function resolvedSpec({ instance, facts }: Example) {
  const resolution = resolve(instance, facts);
  if (!resolution.ok) throw new Error('refused');
  return resolution.instance.spec;
}
