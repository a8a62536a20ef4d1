import { withAddition } from '../../../constructs/wire/addition';
import { annotations, labels } from '../../../constructs/wire/names';
import { idOf } from '../../../constructs/wire/object-ref';
import { releaseOf } from '../../../controller/decide/additions';
import { secretHash } from '../../../controller/decide/rollout';
import type { KubeObject } from '../../../controller/objects/objects';
import type { Observed, SecretFact } from '../../../controller/observe/observed';
import { anInstance, withEnv, withSpec } from '../../builders';
import { partsWithDashboards, withDashboards } from '../scratch-part';
import { aSecretFact, anObserved, cluster, live, planOf } from '../observed';

const SECRET_HASH = annotations.secretHash;

const env = withEnv(
  { name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'a' } } },
  { name: 'B', valueFrom: { secretKeyRef: { name: 'two', key: 'b' } } },
);

function facts(...all: readonly SecretFact[]): Map<string, SecretFact> {
  return new Map(all.map((fact) => [fact.uid.replace('uid-', ''), fact]));
}

const token = aSecretFact('alice-gateway-token', 'token');
const one = aSecretFact('one', 'a');
const two = aSecretFact('two', 'b');

function hashOf(secrets: Map<string, SecretFact>, owned: Observed['owned'] = [], modifiers = [env]): string {
  const observed = anObserved({ modifiers, secrets, owned });
  if (!observed.resolution.ok) throw new Error('refused');
  return secretHash(observed.resolution, observed);
}

/** The StatefulSet that runs, with a hash on its pod template. */
function running(hash: string | undefined): Observed['owned'] {
  return cluster(live(anInstance(env))).map((object) => {
    if (object.kind !== 'StatefulSet' || hash === undefined) return object;
    return withAddition(object, { podAnnotations: { [SECRET_HASH]: hash } });
  });
}

describe('the hash of the Secrets', () => {
  const present = hashOf(facts(token, one, two));

  it('is short hexadecimal', () => {
    expect(present).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not depend on the order in which they were read', () => {
    expect(hashOf(facts(two, one, token))).toBe(present);
  });

  it('does not depend on the order in which the spec names them', () => {
    const other = withEnv(
      { name: 'B', valueFrom: { secretKeyRef: { name: 'two', key: 'b' } } },
      { name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'a' } } },
    );
    expect(hashOf(facts(token, one, two), [], [other])).toBe(present);
  });

  it('changes with the content of any of them', () => {
    const all = [token, one, two];
    const others = all.map((fact) => hashOf(facts(...all.map((each) => (each === fact ? { ...each, hash: 'new' } : each)))));
    expect(new Set([present, ...others]).size).toBe(4);
  });

  it('tells which Secret has which content', () => {
    expect(hashOf(facts(token, { ...one, hash: two.hash }, { ...two, hash: one.hash }))).not.toBe(present);
  });

  it('does not change with Secrets that the pod does not read at start', () => {
    expect(hashOf(facts(token, one, two, aSecretFact('other', 'c')))).toBe(present);
    // An Ingress controller reads it, no pod of ours.
    const basic = withSpec({
      networking: { ingress: { enabled: true, hosts: [{ host: 'a.example' }], security: { basicAuth: { enabled: true } } } },
    });
    const withPassword = hashOf(facts(token, one, two, aSecretFact('alice-basic-auth', 'auth')), [], [env, basic]);
    expect(withPassword).toBe(present);
  });

  it('T73 stays that of the running pod while one of them is missing', () => {
    expect(hashOf(facts(token, two), running('0123456789abcdef'))).toBe('0123456789abcdef');
    expect(hashOf(facts(token, one, two), running('0123456789abcdef'))).toBe(present);
  });

  it('is that of what is there where no pod runs yet: it waits for the Secret anyway', () => {
    const waiting = hashOf(facts(token, two));
    expect(waiting).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(facts(token, two), running(undefined))).toBe(waiting);
    expect(waiting).not.toBe(present);
  });
});

/** The annotations of the pod template. */
const templateOf = (manifests: readonly object[]): Record<string, string> => {
  const spec = (manifests as readonly KubeObject[]).find(({ kind }) => kind === 'StatefulSet')?.['spec'] as {
    template: { metadata: { annotations: Record<string, string> } };
  };
  return spec.template.metadata.annotations;
};

describe('the hash in the manifests', () => {
  const secrets = facts(token, one, two);
  it('stands on the pod template, beside the annotations that are there', () => {
    const { applied } = planOf(anObserved({ modifiers: [env], secrets }));
    expect(templateOf(applied)[SECRET_HASH]).toBe(hashOf(secrets));
    expect(Object.keys(templateOf(applied)).length).toBeGreaterThan(1);
  });

  it.each(['apply', 'git'] as const)('stands apart from the bytes of synth, for delivery by %s', (wantedDelivery) => {
    const { manifests, additions } = planOf(anObserved({ modifiers: [env], secrets, wantedDelivery }));
    expect(templateOf(manifests)[SECRET_HASH]).toBeUndefined();
    const workload = manifests.find(({ kind }) => kind === 'StatefulSet')!;
    expect(additions.get(idOf(workload))?.podAnnotations).toEqual({ [SECRET_HASH]: hashOf(secrets) });
  });

  it('changes no other manifest and no manifest that was given', () => {
    const manifests = cluster(live()) as never as Parameters<typeof releaseOf>[0];
    const before = JSON.stringify(manifests);
    const { complete } = releaseOf(manifests, { instance: live(), delivery: 'apply', secretHash: 'abc' });
    expect(JSON.stringify(manifests)).toBe(before);
    const isChanged = (index: number): boolean => JSON.stringify(complete[index]?.['spec']) !== JSON.stringify(manifests[index]?.['spec']);
    expect(complete.filter((_, index) => isChanged(index)).map(({ kind }) => kind)).toEqual(['StatefulSet']);
  });

  it.each(['apply', 'git'] as const)(
    'C28 come with the namespace of the instance on what stands outside it, for delivery by %s',
    (wantedDelivery) => {
      const { additions, manifests } = planOf(anObserved({ modifiers: [withDashboards()], parts: partsWithDashboards(), wantedDelivery }));
      const added = manifests.map((manifest) => [manifest.metadata.namespace, additions.get(idOf(manifest))?.labels] as const);
      const outside = added.filter(([namespace]) => namespace !== 'team-a').map(([, own]) => own);
      // A UID in Git would be a commit whenever an instance is made anew.
      const uid = wantedDelivery === 'apply' && { [labels.ownUid]: 'uid-alice' };
      const expected = { [labels.ownName]: 'alice', [labels.ownNamespace]: 'team-a', ...uid };
      expect(outside).toEqual([expected, expected]);
    },
  );

  it('E36 come with a label of our own on the metadata of every object, and never on pods or in a selector', () => {
    const { applied } = planOf(anObserved({ modifiers: [env], secrets }));
    for (const { metadata, ...rest } of applied) {
      expect(metadata.labels?.[labels.ownName]).toBe('alice');
      expect(JSON.stringify(rest)).not.toContain(labels.ownName);
    }
  });
});
