import type { OpenClawInstanceSpec, Part } from '../../../constructs';
import { parts } from '../../../constructs/parts';
import type { KubeObject, Writer } from '../../../controller/objects/objects';
import { type Modifier, withAnnotations, withSpec } from '../../builders';
import { anObserved, cluster, live, owned, planOf } from '../observed';

function statefulSet(writers: readonly Writer[], templates: readonly string[] = []): KubeObject {
  const found = cluster(live()).find(({ kind }) => kind === 'StatefulSet')!;
  const volumeClaimTemplates = templates.map((name) => ({ metadata: { name } }));
  return { ...found, metadata: { ...found.metadata, writers }, spec: { ...(found['spec'] as object), volumeClaimTemplates } };
}

const tailscale: OpenClawInstanceSpec = { tailscale: { enabled: true, authKeySecretRef: { name: 'ts' } } };
const scaled: OpenClawInstanceSpec = { availability: { autoScaling: { enabled: true } } };
const without = (spec: OpenClawInstanceSpec): readonly Part[] =>
  parts.filter(
    ({ claims }) =>
      !claims.some((claim) => ('tailscale' in spec ? claim.startsWith('tailscale') : claim.startsWith('availability.autoScaling'))),
  );

describe('T-R3 C24 an instance is held and not changed', () => {
  it.each<[string, readonly KubeObject[], OpenClawInstanceSpec, string | undefined]>([
    ['while its data lies in the claims of templates', [statefulSet(['predecessor'], ['data'])], {}, 'ClaimTemplates'],
    ['while we have made those templates ourselves', [statefulSet(['ours'], ['data'])], {}, 'ClaimTemplates'],
    ['while its pods are scaled by what we do not render', [statefulSet(['predecessor'])], scaled, 'FeatureNotRendered'],
    ['while it runs with a feature that keeps its identity', [statefulSet(['predecessor'])], tailscale, 'FeatureNotRendered'],
    ['no longer when it is ours', [statefulSet(['ours'])], tailscale, undefined],
    ['not when it is new', [], tailscale, undefined],
    ['not when nothing would be lost', [statefulSet(['predecessor'])], {}, undefined],
  ])('%s', (_when, found, spec, reason) => {
    const plan = planOf(anObserved({ owned: found, modifiers: [withSpec(spec)], parts: without(spec) }));
    expect(plan.hold?.reason).toBe(reason);
    expect(plan.applied.length + plan.prune.length > 0).toBe(reason === undefined);
  });

  it('with words that say what would be lost and what to do', () => {
    const { hold } = planOf(
      anObserved({ owned: [statefulSet(['predecessor'])], modifiers: [withSpec(tailscale)], parts: without(tailscale) }),
    );
    expect(hold?.message).toMatch(/spec\.tailscale is not rendered.*identity in the tailnet.*take spec\.tailscale out/);
    const templates = planOf(anObserved({ owned: [statefulSet(['predecessor'], ['data'])] })).hold;
    expect(templates?.message).toMatch(/data-alice-0.*openclaw\.rocks\/data-claim=alice-data$/);
  });

  it.each<[string, readonly KubeObject[], OpenClawInstanceSpec, string | undefined]>([
    ['switched on', [statefulSet(['ours'])], scaled, 'data-alice-0'],
    ['switched on, and of a predecessor', [statefulSet(['predecessor'])], scaled, 'data-alice-0'],
    ['on as before', [statefulSet(['ours'], ['data'])], scaled, undefined],
    ['taken over with it', [statefulSet(['predecessor'], ['data'])], scaled, undefined],
    ['switched on with nothing kept', [statefulSet(['ours'])], { ...scaled, storage: { persistence: { enabled: false } } }, undefined],
    ['off with the data', [statefulSet(['ours'], ['data'])], { storage: { persistence: { enabled: false } } }, undefined],
  ])('T-K1 C33 autoscaling that is %s waits for its data', (_when, found, spec, claim) => {
    const held = (...more: Modifier[]) => planOf(anObserved({ owned: found, modifiers: [withSpec(spec), ...more] })).hold;
    expect(held()?.message.includes(claim ?? '')).toBe(claim === undefined ? undefined : true);
    expect(held(withAnnotations({ 'openclaw.rocks/data-claim': claim ?? '' }))).toBeUndefined();
    expect(held(withAnnotations({ 'openclaw.rocks/data-claim': 'other' }))?.reason).toBe(claim && 'ClaimTemplates');
  });

  it('not where a part renders the feature', () => {
    const renders: Part = { name: 'tailscale', claims: ['tailscale'] };
    const found = [statefulSet(['predecessor'])];
    const all = [...without(tailscale), renders];
    expect(planOf(anObserved({ owned: found, modifiers: [withSpec(tailscale)], parts: all })).hold).toBeUndefined();
  });
});

describe('T-T4 names of two instances that meet', () => {
  const profile = owned({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'alice-data' } }, live());
  const holder = { namespace: 'team-a', name: 'ali' };

  it('hold the one that came second, with the names of both', () => {
    const plan = planOf(anObserved({ namesakes: [{ object: profile, holder }] }));
    expect(plan.hold?.reason).toBe('NameTaken');
    expect(plan.hold?.message).toBe(
      'PersistentVolumeClaim alice-data is an object of OpenClawInstance ali, and alice needs one of that name too: rename one of the two instances',
    );
    expect(plan.applied).toEqual([]);
  });

  it('are no matter where nothing of that name is wanted', () => {
    const modifiers = [withSpec({ storage: { persistence: { enabled: false } } })];
    expect(planOf(anObserved({ namesakes: [{ object: profile, holder }], modifiers })).hold).toBeUndefined();
  });
});
