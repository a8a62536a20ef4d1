import {
  type Rendered,
  anInstance,
  refused,
  rendered,
  withAnnotations,
  withChromium,
  withMistake,
  withOllama,
  withSpec,
} from '../../builders';
import { dataClaimName } from '../../../constructs/core/storage';

const withPersistence = (persistence: NonNullable<NonNullable<Parameters<typeof withSpec>[0]['storage']>['persistence']>) =>
  withSpec({ storage: { persistence } });

describe('the data claim', () => {
  it('is made with the defaults of the API, marked for backups', () => {
    const claim = rendered(anInstance()).find('PersistentVolumeClaim', 'alice-data');
    expect(claim['spec']).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } });
    expect(claim.metadata.annotations).toMatchObject({ 'openclaw.rocks/backup-enabled': 'true' });
  });

  it('that is named while persistence is off is warned of: its data would not be there', () => {
    const [unused, used] = [false, true].map((enabled) =>
      rendered(anInstance(withPersistence({ enabled, existingClaim: 'old' }))).warned('storage/unused-claim'),
    );
    expect([unused?.map(({ path }) => path), used]).toEqual([['spec.storage.persistence.existingClaim'], []]);
  });

  it('takes class, size and modes from the spec', () => {
    const persistence = { size: '50Gi', storageClass: 'fast', accessModes: ['ReadWriteMany' as const] };
    expect(rendered(anInstance(withPersistence(persistence))).spec('PersistentVolumeClaim', 'alice-data')).toEqual({
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '50Gi' } },
      storageClassName: 'fast',
    });
  });

  it('T-K5 has one name, which the volume, backup and status all ask for', () => {
    const names = ([{}, { existingClaim: 'old' }, { enabled: false }] as const).map((persistence) => {
      const view = rendered(anInstance(withPersistence(persistence)));
      return [dataClaimName(view.instance), view.volume('data')['persistentVolumeClaim']];
    });
    expect(names).toEqual([
      ['alice-data', { claimName: 'alice-data' }],
      ['old', { claimName: 'old' }],
      [undefined, undefined],
    ]);
  });

  it('T25 T-K2 is not made beside a claim of the user, which is listed among the things that must exist', () => {
    const view = rendered(anInstance(withPersistence({ existingClaim: 'old' })));
    expect(view.has('PersistentVolumeClaim', 'alice-data')).toBe(false);
    expect(view.references).toContainEqual(
      expect.objectContaining({ kind: 'PersistentVolumeClaim', name: 'old', path: 'spec.storage.persistence.existingClaim' }),
    );
  });

  it('is a folder of the node when persistence is off', () => {
    const view = rendered(anInstance(withPersistence({ enabled: false })));
    expect(view.volume('data')).toEqual({ name: 'data', emptyDir: {} });
    expect(view.has('PersistentVolumeClaim', 'alice-data')).toBe(false);
  });

  it.each(['10GB', ' ', '-1Gi', '0', 'ten'])('T-K4 is refused with size %j, with the path', (size) => {
    expect(refused(anInstance(withMistake({ storage: { persistence: { size } } })))).toContainEqual(
      expect.objectContaining({ path: 'spec.storage.persistence.size', severity: 'error' }),
    );
  });
});

const layoutPlan = (view: Rendered): unknown => JSON.parse(view.text('alice-config', 'volume-plan.json'));
const LAYOUT = 'openclaw.rocks/volume-layout';

describe('T-R5 the layout of the volume', () => {
  const claim = withPersistence({ existingClaim: 'old' });
  const inRoot = { name: 'data', mountPath: '/home/openclaw/.openclaw' };

  it('leaves the data of a claim that others may use where it is, and says so', () => {
    const view = rendered(anInstance(claim));
    expect([view.mount('openclaw', 'data'), view.mount('init-config', 'data'), view.mount('init-workspace', 'data')]).toEqual([
      inRoot,
      inRoot,
      inRoot,
    ]);
    expect(layoutPlan(view)).toMatchObject({ volume: '/home/openclaw/.openclaw', layout: 'untouched' });
    expect(view.warned('storage/volume-layout')).toEqual([
      expect.objectContaining({ path: 'spec.storage.persistence.existingClaim', severity: 'warning' }),
    ]);
  });

  it('moves it when the instance says so', () => {
    const view = rendered(anInstance(claim, withAnnotations({ [LAYOUT]: 'subfolder' })));
    expect(view.mount('openclaw', 'data')).toEqual({ ...inRoot, subPath: '.openclaw' });
    expect(layoutPlan(view)).toMatchObject({ volume: '/home/openclaw', layout: 'subfolder' });
    expect(view.warned('storage/volume-layout')).toEqual([]);
  });

  it('moves the data of any claim back when the instance says so', () => {
    const view = rendered(anInstance(withAnnotations({ [LAYOUT]: 'root' })));
    expect(view.mount('openclaw', 'data')).toEqual(inRoot);
    expect(layoutPlan(view)).toMatchObject({ volume: '/home/openclaw/.openclaw', layout: 'root' });
  });

  it('is one of two, and a word that is neither is an error', () => {
    expect(refused(anInstance(withAnnotations({ [LAYOUT]: 'untouched' })))).toEqual([
      expect.objectContaining({ path: `metadata.annotations[${LAYOUT}]`, rule: 'storage/volume-layout', severity: 'error' }),
    ]);
  });

  it('is a folder of its own without persistence too: the root of an emptyDir belongs to root as well', () => {
    const view = rendered(anInstance(withPersistence({ enabled: false, existingClaim: 'unused' })));
    expect(view.mount('openclaw', 'data')).toHaveProperty('subPath', '.openclaw');
  });
});

describe('the volumes of the agent', () => {
  it('T-G1 make every folder of HOME that programs write to a part of the data volume', () => {
    expect(rendered(anInstance()).agent.volumeMounts.slice(0, 5)).toEqual([
      { name: 'data', mountPath: '/home/openclaw/.openclaw', subPath: '.openclaw' },
      { name: 'data', mountPath: '/home/openclaw/.local', subPath: '.local' },
      { name: 'data', mountPath: '/home/openclaw/.cache', subPath: '.cache' },
      { name: 'data', mountPath: '/home/openclaw/.config', subPath: '.config' },
      { name: 'tmp', mountPath: '/tmp' },
    ]);
  });

  it('T-G2 are made by an init container that mounts the whole volume', () => {
    const view = rendered(anInstance());
    expect(view.pod.initContainers[0]?.volumeMounts[0]).toEqual({ name: 'data', mountPath: '/home/openclaw' });
    expect(layoutPlan(view)).toEqual({
      volume: '/home/openclaw',
      layout: 'subfolder',
      state: '.openclaw',
      marker: '.openclaw-subfolder',
      links: ['openclaw.json', 'workspace'],
      folders: ['.local', '.cache', '.config'],
    });
  });

  it('stand in a fixed order, those of the user last', () => {
    const view = rendered(
      anInstance(
        withChromium(),
        withOllama(),
        withSpec({ sidecarVolumes: [{ name: 'side', emptyDir: {} }], extraVolumes: [{ name: 'extra', emptyDir: {} }] }),
      ),
    );
    expect(view.pod.volumes.map(({ name }) => name)).toEqual([
      'data',
      'tmp',
      'config',
      'gateway-proxy-config',
      'gateway-proxy-tmp',
      'workspace-init',
      'ollama-models',
      'ollama-tmp',
      'chromium-tmp',
      'chromium-shm',
      'chromium-data',
      'otel-collector-config',
      'side',
      'extra',
    ]);
  });
});
