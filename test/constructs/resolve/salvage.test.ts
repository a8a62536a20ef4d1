import type { JsonObject } from '../../../constructs/spec/json';
import { salvaged } from '../../../constructs/resolve/salvage';
import { transferJob } from '../../../constructs/resolve/transfer-job';
import { anInstance, withMistake } from '../../builders';

function deep(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

const broken = (spec: JsonObject) => salvaged(anInstance(withMistake(spec)));

describe('an instance whose spec is broken', () => {
  it('keeps every group that makes sense, and where the data is before all', () => {
    const instance = broken({
      gateway: { enabled: 'perhaps' },
      registry: 7,
      availability: { nodeSelector: { disk: 'fast' } },
      storage: { persistence: { existingClaim: 'mine', size: 'large' } },
    });
    expect(instance?.spec.availability.nodeSelector).toEqual({ disk: 'fast' });
    expect(instance?.spec.storage.persistence.existingClaim).toBe('mine');
    expect(instance?.spec.registry).toBeUndefined();
  });

  it('T-T3 is saved where nobody gets through it', () => {
    for (const group of ['availability', 'security', 'storage', 'backup']) {
      const instance = broken({ [group]: deep(50_000), storage: { persistence: { existingClaim: 'mine' } } });
      const job = instance && transferJob(instance, { name: 'a', jobType: 'backup', direction: 'backup', path: 'backups/a' });
      expect(JSON.stringify(job)).toContain('"claimName"');
    }
  });

  it('needs nothing that is looked up elsewhere', () => {
    expect(broken({ config: { configMapRef: { name: 'gone' } }, skills: ['pack:acme/packs/draw'] })?.name).toBe('alice');
  });

  it('has the defaults of the cluster', () => {
    expect(salvaged(anInstance(), { clusterDefaults: { registry: 'r.example.com' } })?.spec.registry).toBe('r.example.com');
  });
});
