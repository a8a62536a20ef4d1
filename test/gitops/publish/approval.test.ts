import { type Override, render, resolve } from '../../../constructs';
import { planOf } from '../../../constructs/review/plan';
import { OVERRIDES_FILE } from '../../../gitops/git/names';
import { type Approval, awaited } from '../../../gitops/publish/approval';
import { type Modifier, anInstance, withConfig, withSpec } from '../../builders';
import { aLayout } from '../layouts';

const AWAY: Override = { field: 'replicas', value: 0, reason: 'the data of before the update is restored' };
const NEW: Override = { field: 'spec.image.tag', value: '2026.9.7', reason: 'update', over: '2026.9.6' };
const base = withSpec({ image: { tag: '2026.9.6' } });

function setOf(overrides: readonly Override[], ...modifiers: readonly Modifier[]) {
  const resolution = resolve(anInstance('alice', base, ...modifiers), {}, { overrides });
  if (!resolution.ok) throw new Error('it is refused');
  return { name: 'alice', namespace: 'team-a', manifests: render(resolution.instance) };
}

/** What is said of a change of overrides, at one generation, while an update to 2026.9.7 is taken back. */
function said(before: ReturnType<typeof setOf>, after: ReturnType<typeof setOf>, approval: Approval = 'all'): string | undefined {
  const { placement, ...layout } = aLayout(after);
  const request = {
    placement,
    layout: { placement, ...layout },
    owner: '2f6e2a0c-6a07-4b6c-9a53-6f7b3f0c2f11',
    generation: 1,
    known: { tree: 't', commit: 'c', generation: 1 },
    rollbackFrom: '2026.9.7',
  };
  const { cluster, namespace, name } = placement;
  const id = `clusters/${cluster}/instances/${namespace}/${name}/${OVERRIDES_FILE}`;
  const inspection = { changes: [{ id, action: 'deleted' }] };
  return awaited({ request, inspection } as never, planOf([before], [after]), approval)?.code;
}

describe.each(['risks', 'all'] as const)('E40 pods that come back, where %s wait for an approval', (approval) => {
  it.each<[string, Modifier]>([
    ['with a schedule of backups, whose runs go where the agent is', withSpec({ backup: { schedule: '0 2 * * *' } })],
    ['with an autoscaler', withSpec({ availability: { autoScaling: { enabled: true, maxReplicas: 3 } } })],
    ['by themselves', withSpec({})],
  ])('wait for nobody, %s', (_how, more) => {
    expect(said(setOf([AWAY], more), setOf([], more), approval)).toBeUndefined();
  });
});

describe('E40 an update that is taken back', () => {
  it('waits for nobody, and its configuration goes along', () => {
    expect(said(setOf([NEW]), setOf([]))).toBeUndefined();
    expect(said(setOf([NEW]), setOf([AWAY]))).toBeUndefined();
    expect(said(setOf([NEW]), setOf([], withConfig({ note: 1 })))).toBeUndefined();
  });

  it.each<[string, Modifier]>([
    ['a right', withSpec({ security: { rbac: { additionalRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] } } })],
    ['a network rule', withSpec({ security: { networkPolicy: { allowedEgressCIDRs: ['10.0.0.0/8'] } } })],
    ['an address', withSpec({ networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } } })],
  ])('takes %s along only with an approval', (_what, more) => {
    expect(said(setOf([NEW]), setOf([], more))).toBe('AWAITING-APPROVAL');
  });

  it('is one only where pods leave the release that failed', () => {
    expect(said(setOf([]), setOf([], withConfig({ note: 1 })))).toBe('AWAITING-APPROVAL');
  });
});
