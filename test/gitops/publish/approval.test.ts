import { type Override, render, resolve } from '../../../constructs';
import { planOf } from '../../../constructs/review/plan';
import { OVERRIDES_FILE } from '../../../gitops/git/names';
import { type Approval, awaited, isTakenBack } from '../../../gitops/publish/approval';
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

/**
 * What is said of a change of overrides, at one generation, while an update to 2026.9.7 is taken back.
 *
 * @param along what would be there now, had the overrides not changed. @default - nobody can tell
 */
function said(
  before: ReturnType<typeof setOf>,
  after: ReturnType<typeof setOf>,
  approval: Approval = 'all',
  along?: ReturnType<typeof setOf>,
): string | undefined {
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
  const rider = along && planOf([before], [along]);
  return awaited({ request, inspection } as never, planOf([before], [after]), approval, rider)?.code;
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
  /** @param more what is another way by now, beside the overrides */
  const back = (to: readonly Override[], approval: Approval, ...more: readonly Modifier[]): string | undefined =>
    said(setOf([NEW]), setOf(to, ...more), approval, setOf([NEW], ...more));

  it('waits for nobody where nothing else changes, whatever objects that are', () => {
    for (const approval of ['risks', 'all'] as const) {
      expect([back([], approval), back([AWAY], approval)]).toEqual([undefined, undefined]);
    }
  });

  it.each<[string, Modifier]>([
    ['configuration', withConfig({ note: 1 })],
    ['a right', withSpec({ security: { rbac: { additionalRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] } } })],
    ['a network rule', withSpec({ security: { networkPolicy: { allowedEgressCIDRs: ['10.0.0.0/8'] } } })],
    ['an address', withSpec({ networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } } })],
  ])('takes %s along only with an approval', (_what, more) => {
    expect([back([], 'risks', more), back([], 'all', more)]).toEqual(['AWAITING-APPROVAL', 'AWAITING-APPROVAL']);
  });

  it('takes along what would wait for nobody by itself', () => {
    const safe = withSpec({ availability: { podDisruptionBudget: { enabled: false } } });
    expect([back([], 'risks', safe), back([], 'all', safe)]).toEqual([undefined, 'AWAITING-APPROVAL']);
  });

  it('waits where nobody can tell what goes along', () => {
    expect(said(setOf([NEW]), setOf([]))).toBe('AWAITING-APPROVAL');
  });

  it.each<[string, readonly Override[], readonly Override[], boolean]>([
    ['back to the release of before', [NEW], [], true],
    ['to no pods, since the data is restored', [NEW], [AWAY], true],
    ['forward', [], [NEW], false],
    ['nowhere', [], [], false],
  ])('is told by pods that leave the release that failed: %s', (_where, from, to, isBack) => {
    const plan = planOf([setOf(from)], [setOf(to, withConfig({ note: 1 }))]);
    expect(isTakenBack({ rollbackFrom: '2026.9.7' } as never, plan)).toBe(isBack);
    expect(isTakenBack({} as never, plan)).toBe(false);
  });
});
