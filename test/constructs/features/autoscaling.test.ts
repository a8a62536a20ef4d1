import type { OpenClawInstanceSpec } from '../../../constructs';
import { anInstance, refused, rendered, withChromium, withSpec } from '../../builders';

type AutoScaling = NonNullable<NonNullable<OpenClawInstanceSpec['availability']>['autoScaling']>;

const scaled = (autoScaling: AutoScaling = {}) => withSpec({ availability: { autoScaling: { enabled: true, ...autoScaling } } });
const view = rendered(anInstance(scaled()));

const sidecar = (resources?: object) =>
  withSpec({ sidecars: [{ name: 'mine', image: 'example.com/a:1', ...(resources && { resources }) }] });

const budget = (podDisruptionBudget: object) => rendered(anInstance(withSpec({ availability: { podDisruptionBudget } })));

/** Where an autoscaled instance of this spec is refused. */
const paths = (spec: OpenClawInstanceSpec) => refused(anInstance(scaled(), withSpec(spec))).map(({ path }) => path);

/** What is said of a sidecar with these resources. */
const told = (resources: object | undefined, scaling: AutoScaling = {}) =>
  rendered(anInstance(scaled(scaling), sidecar(resources)))
    .warned('autoscaling/unmeasured')
    .map(({ message }) => message.split(':')[0]);

const percent = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});

describe('autoscaling', () => {
  it('is absent by default, with everything of it', () => {
    const without = rendered(anInstance());
    expect(without.has('HorizontalPodAutoscaler')).toBe(false);
    expect(without.spec('StatefulSet')).toMatchObject({ replicas: 1 });
    expect(without.spec('StatefulSet')).not.toHaveProperty('volumeClaimTemplates');
  });

  it('scales the StatefulSet by CPU, from one to five pods, and leaves their number to the autoscaler', () => {
    expect(view.spec('HorizontalPodAutoscaler')).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'alice' },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [percent('cpu', 80)],
    });
    expect(view.spec('StatefulSet')).not.toHaveProperty('replicas');
  });

  it('takes every number of the spec, memory only where it is asked for', () => {
    const all = { minReplicas: 2, maxReplicas: 7, targetCPUUtilization: 60, targetMemoryUtilization: 90 };
    expect(rendered(anInstance(scaled(all))).spec('HorizontalPodAutoscaler')).toMatchObject({
      minReplicas: 2,
      maxReplicas: 7,
      metrics: [percent('cpu', 60), percent('memory', 90)],
    });
  });

  it('T29 T-K1 gives each pod a claim of its own in place of the one, with every field that the server would fill in', () => {
    const storage = { persistence: { size: '20Gi', storageClass: 'fast', accessModes: ['ReadWriteOncePod' as const] } };
    const wanted = rendered(anInstance(scaled(), withSpec({ storage })));
    expect(wanted.has('PersistentVolumeClaim', 'alice-data')).toBe(false);
    expect(wanted.pod.volumes.map(({ name }) => name)).not.toContain('data');
    expect(wanted.mount('openclaw', 'data')).toMatchObject({ mountPath: '/home/openclaw/.openclaw' });
    expect(wanted.spec('StatefulSet')['volumeClaimTemplates']).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name: 'data',
          labels: expect.objectContaining({ 'app.kubernetes.io/instance': 'alice' }),
          annotations: expect.objectContaining({
            'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
            'openclaw.rocks/backup-enabled': 'true',
          }),
        },
        spec: {
          accessModes: ['ReadWriteOncePod'],
          resources: { requests: { storage: '20Gi' } },
          storageClassName: 'fast',
          volumeMode: 'Filesystem',
        },
      },
    ]);
  });

  it('T-K1 without persistence every pod has a volume that goes with it', () => {
    const none = rendered(anInstance(scaled(), withSpec({ storage: { persistence: { enabled: false } } })));
    expect(none.volume('data')).toEqual({ name: 'data', emptyDir: {} });
    expect(none.spec('StatefulSet')).not.toHaveProperty('volumeClaimTemplates');
  });

  it('T-K1 cannot use an existing claim, and keeps the name of its volume', () => {
    expect(paths({ storage: { persistence: { existingClaim: 'mine' } } })).toContain('spec.storage.persistence.existingClaim');
    expect(paths({ extraVolumes: [{ name: 'data', emptyDir: {} }] })).toContain('spec.extraVolumes[0].name');
  });

  it('T-K6 excludes suspended', () => {
    expect(refused(anInstance(scaled(), withSpec({ suspended: true }))).map(({ path }) => path)).toContain('spec.suspended');
  });

  it('warns of sidecars that it cannot measure, by what it measures', () => {
    expect(told(undefined)).toEqual(['has no cpu']);
    expect(told({ requests: { cpu: '1' } })).toEqual([]);
    expect(told({ limits: { cpu: '1' } }, { targetMemoryUtilization: 80 })).toEqual(['has no memory']);
    expect(told(undefined, { targetMemoryUtilization: 80 })).toEqual(['has no cpu and no memory']);
  });

  it('T-K1 warns of every other claim that the pods would share', () => {
    const shared = rendered(anInstance(scaled(), withChromium({ persistence: { enabled: true } })));
    expect(shared.warned('autoscaling/shared-claim')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('alice-chromium-data') }),
    ]);
    expect(view.warned('autoscaling/shared-claim')).toEqual([]);
  });
});

describe('the budget for disruptions', () => {
  it('is of either kind', () => {
    expect(budget({}).spec('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1 });
    const least = budget({ minAvailable: 2 });
    expect(least.spec('PodDisruptionBudget')).toMatchObject({ minAvailable: 2 });
    expect(least.spec('PodDisruptionBudget')).not.toHaveProperty('maxUnavailable');
    expect(least.warned('availability/two-budgets')).toEqual([]);
  });

  it('says that one of two is not used', () => {
    expect(budget({ minAvailable: 2, maxUnavailable: 3 }).warned('availability/two-budgets')).toHaveLength(1);
  });
});
