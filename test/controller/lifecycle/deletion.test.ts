import { deletion } from '../../../controller/lifecycle/deletion';
import { commonLabels, labels } from '../../../constructs/wire/names';
import type { KubeObject } from '../../../controller/objects/objects';
import type { Step, Unpublish } from '../../../controller/lifecycle/step';
import { anInstance, withMistake, withSpec } from '../../builders';
import { FINALIZER, NOW, anObserved, cluster, live, names, owned, stepsOf } from '../observed';

const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const claim = cluster(live()).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
const destroy = withSpec({ storage: { persistence: { orphan: false } } });

/** The claim as it was made by the instance with this UID. */
function madeBy(uid: string): KubeObject {
  return { ...claim, metadata: { ...claim.metadata, labels: { ...claim.metadata.labels, [labels.ownUid]: uid } } };
}

interface End {
  readonly order: readonly Step['step'][];
  readonly claims: readonly KubeObject[];
  readonly pruned: readonly KubeObject[];
  readonly unpublish: Unpublish | undefined;
}

function end(difference: Parameters<typeof anObserved>[0] = {}, delivery: 'apply' | 'git' = 'apply', isHeld = true): End {
  const metadata = { ...deleted, ...(!isHeld && { finalizers: ['theirs'] }), ...difference.metadata };
  const move = deletion(anObserved({ ...difference, metadata, wantedDelivery: delivery }), NOW);
  if (!move?.alone) throw new Error('it is not being deleted');
  const { steps = [] } = move;
  return {
    order: steps.map(({ step }) => step),
    claims: stepsOf(steps, 'delete-claim').map((step) => step.claim),
    pruned: stepsOf(steps, 'prune').map(({ object }) => object),
    unpublish: stepsOf(steps, 'unpublish')[0],
  };
}

it('is no matter of an instance that stays', () => {
  expect(deletion(anObserved(), NOW)).toBeUndefined();
});

describe('claims', () => {
  it('T4 T60 stay unless the user asked otherwise', () => {
    expect(end({ owned: [claim] }).claims).toEqual([]);
    expect(end({ owned: [claim], modifiers: [withSpec({ storage: { persistence: { orphan: true } } })] }).claims).toEqual([]);
  });

  it('go with `orphan: false`', () => {
    expect(names(end({ owned: [claim], modifiers: [destroy] }).claims)).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('of every pod go with `orphan: false`, and none of another instance', () => {
    const found = ['data-alice-0', 'data-alice-12', 'data-alice-007', 'data-alice-b-0', 'data-alice', 'old-data-alice-1'];
    const claims = found.map((name) => ({ ...claim, metadata: { ...claim.metadata, name } }));
    expect(names(end({ owned: claims, modifiers: [destroy] }).claims)).toEqual([
      'PersistentVolumeClaim data-alice-0',
      'PersistentVolumeClaim data-alice-12',
    ]);
  });

  it('go with `orphan: false` even where the rest of the spec is invalid', () => {
    const modifiers = [destroy, withMistake({ gateway: { enabled: 'perhaps' } })];
    expect(names(end({ owned: [claim], modifiers }).claims)).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it.each<[string, Parameters<typeof anObserved>[0]]>([
    ['with --cascade=orphan', { owned: [claim], metadata: { finalizers: [FINALIZER, 'orphan'] } }],
    ['that somebody else controls', { owned: [owned({ ...claim, kind: 'PersistentVolumeClaim' }, live())].map(foreign) }],
    [
      'of other features and of users',
      { owned: ['alice-chromium-data', 'photos'].map((name) => ({ ...claim, metadata: { ...claim.metadata, name } })) },
    ],
    ['without our labels', { owned: [{ ...claim, metadata: { ...claim.metadata, labels: {} } }] }],
    [
      'that nobody asked to go, in a spec that makes no sense',
      { owned: [claim], modifiers: [withMistake({ storage: { persistence: { orphan: null } } })] },
    ],
  ])('stay %s', (_why, difference) => {
    expect(end({ modifiers: [destroy], ...difference }).claims).toEqual([]);
  });

  it.each<[string, object]>([
    ['names that very claim', { existingClaim: 'alice-data' }],
    ['names another one', { existingClaim: 'mine' }],
    ['keeps nothing any more', { enabled: false }],
    ['is broken there', { enabled: 'perhaps' }],
    ['says it in another way', { orphan: 'false' }],
  ])('T-T1 stay while the spec %s', (_what, persistence) => {
    const modifiers = [withMistake({ storage: { persistence: { orphan: false, ...persistence } } })];
    expect(end({ owned: [claim], modifiers }).claims).toEqual([]);
  });

  it('T-T1 of an earlier life of the name stay, until this instance has taken them', () => {
    expect(end({ owned: [madeBy('uid-of-an-earlier-alice')], modifiers: [destroy] }).claims).toEqual([]);
    expect(names(end({ owned: [madeBy('uid-alice')], modifiers: [destroy] }).claims)).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('T-T1 an empty name of a claim names none', () => {
    const modifiers = [withSpec({ storage: { persistence: { orphan: false, existingClaim: '' } } })];
    expect(names(end({ owned: [claim], modifiers }).claims)).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('are left alone once the finalizer is gone: somebody else holds the instance', () => {
    expect(end({ owned: [claim], modifiers: [destroy] }, 'apply', false)).toMatchObject({ claims: [], order: [] });
  });
});

describe('Git', () => {
  it.each([
    ['git', true, true],
    ['git', false, false],
    ['apply', true, false],
  ] as const)('delivered by %s, finalizer there: %s, unpublish: %s', (delivery, hasFinalizer, unpublish) => {
    expect(end({}, delivery, hasFinalizer).unpublish !== undefined).toBe(unpublish);
  });

  it('is not waited for in a namespace that is being deleted', () => {
    expect(end({ namespaceTerminating: true }, 'git').unpublish?.abandon).toBe(true);
    expect(end({}, 'git').unpublish?.abandon).toBe(false);
  });
});

describe('the tombstone', () => {
  const grave = owned({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'alice-tombstone' } }, live());
  const others = ['alice-release', 'bob-tombstone'].map((name) => ({ ...grave, metadata: { ...grave.metadata, name } }));

  it('is taken along: an engine that forgets the instance leaves it behind', () => {
    expect(names(end({ owned: [...others, { ...grave, kind: 'Secret' }, grave, claim] }, 'git').pruned)).toEqual([
      'ConfigMap alice-tombstone',
    ]);
  });

  it('is not looked for where nothing was delivered by Git, or the finalizer is gone', () => {
    expect(end({ owned: [grave] }, 'apply').pruned).toEqual([]);
    expect(end({ owned: [grave] }, 'git', false).pruned).toEqual([]);
  });
});

const outside: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'alice-dashboard',
    namespace: 'monitoring',
    labels: { ...commonLabels('alice'), [labels.ownName]: 'alice', [labels.ownNamespace]: 'team-a' },
  },
};

describe('C28 objects outside the namespace', () => {
  it.each([
    ['apply', ['prune', 'remove-finalizer']],
    ['git', ['unpublish', 'prune', 'remove-finalizer']],
  ] as const)('are taken along, delivered by %s', (delivery, order) => {
    const { pruned, order: steps } = end({ owned: [outside] }, delivery);
    expect([names(pruned), steps]).toEqual([['ConfigMap alice-dashboard'], order]);
  });

  it('that are not labelled as this instance are left', () => {
    const other = {
      ...outside,
      metadata: { ...outside.metadata, labels: { ...outside.metadata.labels, [labels.ownNamespace]: 'team-b' } },
    };
    expect(end({ owned: [other] }).pruned).toEqual([]);
  });
});

describe('the cluster', () => {
  const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'alice-gateway-token' } };
  const grave: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'alice-tombstone' } };
  const release: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'alice-release' } };

  it('holds nothing any more when only claims, Secrets of ours and the tombstone are left', () => {
    expect(end({ owned: [] }, 'git').unpublish?.isGone).toBe(true);
    expect(end({ owned: [claim, secret, grave] }, 'git').unpublish?.isGone).toBe(true);
  });

  it.each(cluster(live(anInstance())).filter(({ kind }) => kind !== 'PersistentVolumeClaim'))(
    'still holds something while there is $kind',
    (object) => {
      expect(end({ owned: [claim, object] }, 'git').unpublish?.isGone).toBe(false);
    },
  );

  it('C28 still holds something while an object outside the namespace is there, which the engine has to remove', () => {
    expect(end({ owned: [outside] }, 'git').unpublish?.isGone).toBe(false);
  });

  it('still holds something while the release marker is there', () => {
    expect(end({ owned: [release] }, 'git').unpublish?.isGone).toBe(false);
  });
});

function foreign(object: KubeObject): KubeObject {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'uid-db', controller: true }];
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
