import { liveClaimSpec } from '../../../controller/objects/live-claim';
import type { KubeObject } from '../../../controller/objects/objects';

const manifest = (storage: string, storageClassName?: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'alice-data' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage } },
    ...(storageClassName !== undefined && { storageClassName }),
  },
});

/** As the server has it: with fields that we never send. */
const live: KubeObject = {
  ...manifest('10Gi', 'standard'),
  spec: { ...manifest('10Gi', 'standard').spec, volumeMode: 'Filesystem', volumeName: 'pv-1' },
};

describe('a claim that is there', () => {
  it.each([
    ['grows', '20Gi', '20Gi'],
    ['stays', '10Gi', '10Gi'],
    ['never shrinks', '5Gi', '10Gi'],
  ])('%s', (_what, wanted, sent) => {
    expect(liveClaimSpec(manifest(wanted), live)).toEqual(manifest(sent, 'standard').spec);
  });

  it('keeps its class where the instance names none, and is asked for another one that it names', () => {
    expect(liveClaimSpec(manifest('10Gi'), live)).toMatchObject({ storageClassName: 'standard' });
    expect(liveClaimSpec(manifest('10Gi', 'fast'), live)).toMatchObject({ storageClassName: 'fast' });
    expect(liveClaimSpec(manifest('10Gi'), manifest('10Gi'))).toEqual(manifest('10Gi').spec);
  });
});
