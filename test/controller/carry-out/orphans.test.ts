import { commonLabels, labels as names } from '../../../constructs/wire/names';
import { ApplySink } from '../../../controller/carry-out/apply-sink';
import type { ManagedFields } from '../../../controller/objects/objects';
import { cluster, live } from '../observed';
import { aServer, fillCaches, stopAll } from '../world';

afterEach(stopAll);

const byUs: ManagedFields[] = [{ manager: 'openclaw-controller', operation: 'Apply', fieldsV1: {} }];
const marked = (name: string): Record<string, string> => ({ ...commonLabels(name), [names.ownName]: name });
const labels = marked('alice');

it.each<[string, Record<string, string>, ManagedFields[], string]>([
  ['was applied by us is taken, without an annotation', labels, byUs, 'configured'],
  ['was made by somebody else is not', labels, [{ manager: 'kubectl', operation: 'Apply' }], 'foreign'],
  ['was updated under our name is not', labels, [{ manager: 'openclaw-controller', operation: 'Update' }], 'foreign'],
  ['is of another instance is not', marked('bob'), byUs, 'foreign'],
  ['has only labels that everybody can copy is not', commonLabels('alice'), byUs, 'foreign'],
  ['has no label of ours is not', {}, byUs, 'foreign'],
])('T-T16 an object whose owner is gone and that %s', async (_what, own, managedFields, action) => {
  const api = aServer();
  const metadata = { name: 'alice', namespace: 'team-a', labels: { ...own }, managedFields };
  api.seed({ apiVersion: 'v1', kind: 'Service', metadata, spec: {} });
  const { caches } = await fillCaches(api);
  const instance = live();
  const { kind, apiVersion, metadata: wanted, ...rest } = cluster(instance).find((object) => object.kind === 'Service')!;
  const manifest = { apiVersion, kind, metadata: { name: wanted.name, namespace: 'team-a', labels }, ...rest };
  expect((await new ApplySink(api, caches).apply(manifest, instance)).action).toBe(action);
});
