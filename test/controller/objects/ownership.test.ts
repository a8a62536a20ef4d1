import { refOf } from '../../../constructs/wire/object-ref';
import type { KubeObject, LiveMetadata } from '../../../controller/objects/objects';
import { foreignMessage, isOurs, mayTake, ownerReference } from '../../../controller/objects/ownership';
import { live } from '../observed';

const instance = live();
const labels = { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/managed-by': 'openclaw-operator' };
const adopt = { 'openclaw.rocks/adopt': 'true' };

function object(kind: string, metadata: Partial<LiveMetadata> = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'alice', namespace: 'team-a', ...metadata } };
}

function ownedBy(uid: string, controller = true): Partial<LiveMetadata> {
  return { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid, controller }] };
}

it('the owner reference names the instance as its controller and blocks its deletion', () => {
  expect(ownerReference(instance)).toEqual({
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    name: 'alice',
    uid: 'uid-alice',
    controller: true,
    blockOwnerDeletion: true,
  });
});

describe.each<[string, KubeObject, boolean, boolean]>([
  ['controlled by the instance', object('Service', ownedBy('uid-alice')), true, true],
  ['controlled by an earlier instance of the name', object('Service', ownedBy('uid-earlier')), false, false],
  ['controlled by somebody else who gives it away', object('Service', { ...ownedBy('uid-web'), annotations: adopt }), false, false],
  ['owned by the instance, which does not control it', object('Service', ownedBy('uid-alice', false)), false, false],
  ['of nobody, with our labels', object('Service', { labels }), false, false],
  ['of nobody', object('Service'), false, false],
  ['of nobody, given to us', object('Service', { annotations: adopt }), false, true],
  ['of nobody, not given to us', object('Service', { annotations: { 'openclaw.rocks/adopt': 'false' } }), false, false],
  ['a claim of nobody with our labels', object('PersistentVolumeClaim', { labels }), true, true],
  ['a claim with our labels under an earlier owner', object('PersistentVolumeClaim', { labels, ...ownedBy('uid-earlier') }), false, false],
  ['a claim of the reference operator', object('PersistentVolumeClaim', { labels, ...ownedBy('uid-alice') }), true, true],
  [
    'a claim of another instance',
    object('PersistentVolumeClaim', { labels: { ...labels, 'app.kubernetes.io/instance': 'bob' } }),
    false,
    false,
  ],
  [
    'a claim of another tool',
    object('PersistentVolumeClaim', { labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' } }),
    false,
    false,
  ],
  ['a claim without labels', object('PersistentVolumeClaim'), false, false],
])('an object that is %s', (_what, one, ours, taken) => {
  it(`is ${ours ? '' : 'not '}ours`, () => expect(isOurs(one, instance)).toBe(ours));
  it(`may ${taken ? '' : 'not '}be written`, () => expect(mayTake(one, instance)).toBe(taken));
});

const told = (one: KubeObject): string => foreignMessage(one, refOf(one), instance.metadata.namespace);

it('an object in the way is told with its owner and every way out', () => {
  expect(told(object('Service', ownedBy('uid-web')))).toBe(
    'Service alice belongs to Deployment web: rename the instance, or remove that object',
  );
  expect(told(object('Service'))).toMatch(/^Service alice was made by someone else: .*openclaw\.rocks\/adopt: "true"$/);
});
