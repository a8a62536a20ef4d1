import { commonLabels, labels } from '../../../constructs/wire/names';
import { decide } from '../../../controller/decide/decide';
import type { KubeObject } from '../../../controller/objects/objects';
import { anInstance, withChromium, withEnv, withIngress, withMistake, withSpec } from '../../builders';
import { FINALIZER, NOW, TOKEN, aSecretFact, anObserved, cluster, idIn, live, names, owned, planOf, stepsOf } from '../observed';

const mistake = withMistake({ gateway: { enabled: 'perhaps' } });

describe('a new instance', () => {
  const plan = planOf(anObserved({ metadata: { finalizers: [] }, secrets: new Map() }));

  it('gets the finalizer, its Secrets and every manifest', () => {
    expect(plan.addFinalizer).toBe(true);
    expect(plan.secrets).toEqual([{ name: 'alice-gateway-token', recipe: expect.anything() as unknown, missing: ['token'] }]);
    expect(names(plan.manifests)).toEqual(names(cluster(live())));
    expect([plan.prune, plan.disown, plan.missing]).toEqual([[], [], []]);
  });

  it('keeps the Secrets of its own making from prune', () => {
    expect([...plan.keep]).toEqual([idIn('Secret', 'alice-gateway-token')]);
  });

  it('is delivered as the setting says', () => {
    expect(planOf(anObserved({ wantedDelivery: 'git' })).delivery).toBe('git');
    expect(plan.delivery).toBe('apply');
  });
});

describe('an unchanged instance', () => {
  it('is planned as the same thing again, from manifests that were rendered once', () => {
    const observed = anObserved({ owned: cluster(live()) });
    const [first, second] = [planOf(observed), planOf(observed)];
    expect(first).toEqual(second);
    expect([first.addFinalizer, first.secrets, first.prune, first.disown]).toEqual([false, [], [], []]);
    // The very same objects, those that are sent with their labels and the hash among them: a sink need not look inside.
    expect(first.manifests.every((manifest, index) => manifest === second.manifests[index])).toBe(true);
    expect(first.applied.length).toBe(first.manifests.length);
    expect(first.applied.every((manifest, index) => manifest === second.applied[index])).toBe(true);
    expect(first.additions).toBe(second.additions);
  });

  it('does not ask what time it is', () => {
    const now = jest.spyOn(Date, 'now').mockImplementation(() => {
      throw new Error('asked');
    });
    expect(() => planOf(anObserved())).not.toThrow();
    now.mockRestore();
  });
});

describe('prune', () => {
  const before = cluster(live(anInstance(withChromium(), withIngress('nginx'))));

  it('T76 takes away what a feature that was switched off has left', () => {
    const plan = planOf(anObserved({ owned: before }));
    expect(names(plan.prune)).toEqual(['Service alice-cdp', 'Ingress alice']);
  });

  it('T4 never takes a claim, whoever owns it', () => {
    const claim = before.find(({ kind }) => kind === 'PersistentVolumeClaim')!;
    const instance = live();
    const claims = ['alice-data', 'alice-chromium-data'].flatMap((name) => [
      { ...claim, metadata: { ...claim.metadata, name } },
      owned({ ...claim, kind: 'ConfigMap', metadata: { name } }, instance),
    ]);
    const off = planOf(anObserved({ owned: claims, modifiers: [withSpec({ storage: { persistence: { enabled: false } } })] }));
    expect(names(off.prune)).toEqual(['ConfigMap alice-data', 'ConfigMap alice-chromium-data']);
  });

  const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice-old' } };

  it.each<[string, KubeObject]>([
    ['no owner', { ...service, metadata: { name: 'alice-old', labels: { 'app.kubernetes.io/instance': 'alice' } } }],
    ['its owner and not our labels (T-T6)', owned({ ...service, metadata: { name: 'alice-old', labels: {} } }, live())],
    ['another owner', owned(service, live(anInstance(), { uid: 'uid-of-an-earlier-alice' }))],
    ['a deletion under way', owned({ ...service, metadata: { name: 'alice-old', deletionTimestamp: '2026-01-01T00:00:00Z' } }, live())],
    ['a place in the keep-set', owned({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'alice-gateway-token' } }, live())],
  ])('leaves an object with %s', (_why, object) => {
    expect(planOf(anObserved({ owned: [object] })).prune).toEqual([]);
  });

  it('takes an object of ours that nobody asks for, and a Secret that we made and no longer need', () => {
    const mark = { ...commonLabels('alice'), [labels.ownName]: 'alice' };
    const secret = owned({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'alice-basic-auth', labels: mark } }, live());
    const plan = planOf(anObserved({ owned: [owned(service, live()), secret] }));
    expect(names(plan.prune)).toEqual(['Service alice-old', 'Secret alice-basic-auth']);
  });

  it('tells objects of one name apart by their kind and group', () => {
    const other = owned({ apiVersion: 'traefik.io/v1alpha1', kind: 'Middleware', metadata: { name: 'alice' } }, live());
    expect(names(planOf(anObserved({ owned: [other] })).prune)).toEqual(['Middleware alice']);
  });

  it('is not for Git mode, where an engine prunes', () => {
    expect(planOf(anObserved({ owned: before, wantedDelivery: 'git' })).prune).toEqual([]);
  });
});

describe('an invalid spec', () => {
  const plan = planOf(anObserved({ modifiers: [mistake], owned: cluster(live(anInstance(withChromium()))) }));

  it('delivers nothing, makes nothing and prunes nothing', () => {
    expect([plan.manifests, plan.steps, plan.secrets, plan.hold, plan.isEnding]).toEqual([[], [], [], undefined, false]);
  });

  it('still gets the finalizer: it may become valid at any time', () => {
    expect(planOf(anObserved({ modifiers: [mistake], metadata: { finalizers: [] } })).addFinalizer).toBe(true);
  });

  it('can be deleted', () => {
    const { order } = planOf(anObserved({ modifiers: [mistake], metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }));
    expect(order).toEqual(['remove-finalizer']);
  });
});

describe('delivery', () => {
  it.each([
    ['apply', 'git'],
    ['git', 'apply'],
  ] as const)(
    'that changes from %s to %s by the setting of the controller alone is held, and nothing is touched',
    (delivery, wantedDelivery) => {
      const plan = planOf(anObserved({ status: { delivery }, wantedDelivery, owned: cluster(live(anInstance(withChromium()))) }));
      expect(plan).toMatchObject({ delivery, hold: { reason: 'DeliveryChange' }, manifests: [], prune: [] });
      expect(plan.hold?.message).toBe(
        `delivered by "${delivery}", and the controller's setting is "${wantedDelivery}": set it back, or have the instance change hands by its annotation openclaw.rocks/delivery`,
      );
    },
  );

  it('that an annotation changes is a hand-over: it is applied until the other side has it', () => {
    const there = cluster(live(anInstance()));
    const toGit = planOf(anObserved({ status: { delivery: 'apply' }, wantedDelivery: 'git', isDeliveryAsked: true, owned: there }));
    expect(toGit).toMatchObject({ delivery: 'apply', handOver: 'git' });
    expect(toGit.order).toEqual(['preview', 'apply', 'publish']);
    const toApply = planOf(
      anObserved({ status: { delivery: 'git', git: {} }, wantedDelivery: 'apply', isDeliveryAsked: true, owned: there }),
    );
    expect(toApply).toMatchObject({ delivery: 'apply', handOver: 'apply' });
    expect(toApply.order.at(-1)).toBe('retire');
  });

  it('that an administrator locked is held on a live instance too', () => {
    const status = { delivery: 'apply' } as const;
    const plan = planOf(anObserved({ status, wantedDelivery: 'git', isDeliveryAsked: true, lockedDelivery: 'git' }));
    expect(plan.hold?.reason).toBe('DeliveryLocked');
  });

  it('that an administrator locked goes on where the cluster has it', () => {
    const there = cluster(live(anInstance())).map((object) => ({
      ...object,
      metadata: { ...object.metadata, writers: ['engine'] as const },
    }));
    const status = { delivery: 'git' } as const;
    const locked = { status, wantedDelivery: 'git', isDeliveryAsked: true, lockedDelivery: 'git' } as const;
    expect(planOf(anObserved({ ...locked, owned: there })).hold).toBeUndefined();
    expect(planOf(anObserved({ ...locked, owned: cluster(live(anInstance())) })).hold?.reason).toBe('DeliveryLocked');
  });

  it.each([undefined, 'apply', 'git'] as const)(
    'that there is none of holds an instance (delivered by %s), and says what may be asked for',
    (delivery) => {
      const status = delivery && { delivery };
      const plan = planOf(
        anObserved({ ...(status && { status }), unknownDelivery: 'pigeon\n'.repeat(20), owned: cluster(live(anInstance(withChromium()))) }),
      );
      expect(plan).toMatchObject({ hold: { reason: 'DeliveryUnknown' }, manifests: [], prune: [] });
      expect(plan.hold?.message).toMatch(/^the annotation openclaw\.rocks\/delivery is "(pigeon\\n){5}pigeo": use "apply" or "git"$/);
    },
  );

  it('goes on once it is set back', () => {
    const plan = planOf(anObserved({ status: { delivery: 'git' }, wantedDelivery: 'git' }));
    expect([plan.hold, plan.manifests.length > 0]).toEqual([undefined, true]);
  });

  it('that changes while the instance is being deleted stays what it was', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const plan = planOf(anObserved({ status: { delivery: 'git' }, wantedDelivery: 'apply', metadata }));
    expect([plan.delivery, plan.hold, plan.order]).toEqual(['git', undefined, ['unpublish', 'remove-finalizer']]);
  });
});

describe('C25 the StatefulSet', () => {
  const present = cluster(live(anInstance()));

  it('of an instance that is there is asked about before anything is applied', () => {
    expect(planOf(anObserved({ owned: present })).order).toEqual(['preview', 'apply']);
    expect(stepsOf(decide(anObserved({ owned: present }), NOW).steps, 'preview').map(({ manifest }) => manifest.kind)).toEqual([
      'StatefulSet',
    ]);
  });

  it('is not asked about where there is none, and not here where an engine applies it', () => {
    expect(planOf(anObserved({ owned: present.filter(({ kind }) => kind !== 'StatefulSet') })).order).toEqual(['apply']);
    expect(planOf(anObserved({ owned: present, wantedDelivery: 'git' })).order).toEqual(['publish']);
  });
});

describe('a namespace that is being deleted', () => {
  it('T61 gets nothing new, not even a finalizer', () => {
    const plan = planOf(anObserved({ namespaceTerminating: true, metadata: { finalizers: [] }, secrets: new Map() }));
    expect(plan).toMatchObject({ order: [], manifests: [], hold: { reason: 'NamespaceTerminating' } });
  });

  it('does not keep an instance that is being deleted', () => {
    const plan = planOf(anObserved({ namespaceTerminating: true, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }));
    expect([plan.hold, plan.order]).toEqual([undefined, ['remove-finalizer']]);
  });
});

describe('owner references on claims', () => {
  const claim = cluster(live()).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
  const inherited = (uid: string): KubeObject => ({
    ...claim,
    metadata: { ...claim.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'OpenClawInstance', name: 'alice', uid }] },
  });

  it.each([
    ['a healthy instance', {}],
    ['an invalid spec', { modifiers: [mistake] }],
    ['a deletion', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['a namespace that is being deleted', { namespaceTerminating: true }],
  ])('T4 are taken off on sight: %s', (_what, difference) => {
    expect(names(planOf(anObserved({ owned: [inherited('uid-alice')], ...difference })).disown)).toEqual([
      'PersistentVolumeClaim alice-data',
    ]);
  });

  it('of others stay, and so does a claim without any', () => {
    expect(planOf(anObserved({ owned: [inherited('uid-of-another'), claim] })).disown).toEqual([]);
  });
});

describe('what an instance refers to', () => {
  const env = withEnv(
    { name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: 'maybe', key: 'b', optional: true } } },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'c' } } },
  );
  const existing = withSpec({ storage: { persistence: { existingClaim: 'old' } } });
  const missing = (secrets: typeof TOKEN, ...present: string[]): string[] =>
    planOf(anObserved({ modifiers: [env, existing], secrets, present: new Set(present) })).missing.map(
      ({ kind, name }) => `${kind} ${name}`,
    );

  it('T74 is told when it is missing, unless it is optional', () => {
    expect(missing(TOKEN).toSorted()).toEqual(['ConfigMap settings', 'PersistentVolumeClaim old', 'Secret keys']);
  });

  it('is missing as well where its key is', () => {
    const all = [idIn('ConfigMap', 'settings'), idIn('PersistentVolumeClaim', 'old')];
    expect(missing(new Map([...TOKEN, ['keys', aSecretFact('keys', 'b')]]), ...all)).toEqual(['Secret keys']);
    expect(missing(new Map([...TOKEN, ['keys', aSecretFact('keys', 'a', 'b')]]), ...all)).toEqual([]);
  });

  it('holds up nothing: manifests are delivered and the pod waits', () => {
    expect(planOf(anObserved({ modifiers: [env] })).manifests.length).toBeGreaterThan(5);
  });
});

describe('Secrets of our own making', () => {
  const basicAuth = withIngress('nginx', { security: { basicAuth: { enabled: true } } });
  const steps = (...known: (readonly [string, ...string[]])[]): unknown[] => {
    const secrets = new Map(known.map(([name, ...keys]) => [name, aSecretFact(name, ...keys)]));
    return planOf(anObserved({ modifiers: [basicAuth], secrets })).secrets.map(({ name, missing, uid }) => ({ name, missing, uid }));
  };

  it('are made where they are not there', () => {
    expect(steps()).toEqual([
      { name: 'alice-gateway-token', missing: ['token'], uid: undefined },
      { name: 'alice-basic-auth', missing: ['username', 'password', 'auth'], uid: undefined },
    ]);
  });

  it('T87 are completed where a key has no value, and left alone where all have', () => {
    expect(steps(['alice-gateway-token'], ['alice-basic-auth', 'username', 'password'])).toEqual([
      { name: 'alice-gateway-token', missing: ['token'], uid: 'uid-alice-gateway-token' },
      { name: 'alice-basic-auth', missing: ['auth'], uid: 'uid-alice-basic-auth' },
    ]);
    expect(steps(['alice-gateway-token', 'token', 'more'], ['alice-basic-auth', 'auth', 'username', 'password'])).toEqual([]);
  });

  it('are not made where the user brings one', () => {
    const plan = planOf(anObserved({ modifiers: [withSpec({ gateway: { existingSecret: 'mine' } })], secrets: new Map() }));
    expect([plan.secrets, plan.missing.map(({ name }) => name), [...plan.keep]]).toEqual([[], ['mine'], []]);
  });
});

describe('a story', () => {
  it('from the first pass to the last', () => {
    const told: string[] = [];
    const tell = (observed: ReturnType<typeof anObserved>): void => {
      const { addFinalizer, secrets, applied, prune, isEnding, order } = planOf(observed);
      const steps = [
        addFinalizer && 'finalizer',
        ...secrets.map(({ name }) => `make ${name}`),
        applied.length > 0 && `apply ${applied.length}`,
        ...names(prune).map((name) => `prune ${name}`),
        isEnding && `end (finalizer goes: ${order.includes('remove-finalizer')})`,
      ];
      told.push(steps.filter(Boolean).join(', ') || 'nothing');
    };
    const small = cluster(live());
    const large = cluster(live(anInstance(withChromium())));
    tell(anObserved({ metadata: { finalizers: [] }, secrets: new Map() }));
    tell(anObserved({ owned: small }));
    tell(anObserved({ owned: small, modifiers: [withChromium()] }));
    tell(anObserved({ owned: large, modifiers: [withChromium(), mistake] }));
    tell(anObserved({ owned: large }));
    tell(anObserved({ owned: small, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [FINALIZER, 'orphan'] } }));
    tell(anObserved({ owned: small, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] } }));
    const [s, l] = [small.length, large.length];
    expect(told).toEqual([
      `finalizer, make alice-gateway-token, apply ${s}`,
      `apply ${s}`,
      `apply ${l}`,
      'nothing',
      `apply ${s}, prune Service alice-cdp`,
      'end (finalizer goes: true)',
      'end (finalizer goes: false)',
    ]);
  });
});
