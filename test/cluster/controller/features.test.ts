import { single } from '../../constructs/feature-pairs';
import { ok, type KubeObject } from '../api';
import { installForeignCrds } from '../foreign';
import { describeWith, testApi } from '../parts';
import { isReady, namesIn, ref, waitForInstance, waitForNames } from './instances';
import { type Placed, placedExamples } from './placed-examples';

/** Back from a claim for each replica the instance waits for its data, which a person has to bring: the test of the take-over does that. */
const LASTING = ['autoscaling'];

const changing = single().filter(({ feature }) => !LASTING.includes(feature));

const without = ({ object }: Placed): KubeObject => ({ ...object, spec: { image: object['spec'].image } });

/** What may stay when a feature goes: data, and what was made by chance and cannot be made again. */
function lasting({ references, manifests }: Placed): string[] {
  const secrets = references.filter(({ generate }) => generate).map(({ name }) => `Secret ${name}`);
  const claims = manifests
    .filter(({ kind }) => kind === 'PersistentVolumeClaim')
    .map(({ metadata }) => `PersistentVolumeClaim ${metadata.name}`);
  return [...secrets, ...claims];
}

describeWith(['server', 'controllers', 'traefik', 'gateway-api', 'prometheus-operator'], 'each feature of an instance that runs', () => {
  const api = testApi();
  const placed = placedExamples(api, changing, () => installForeignCrds(api));

  async function ready(object: KubeObject): Promise<void> {
    ok(await api.apply(object));
    await waitForInstance(api, object, (live) => isReady(live) && live['status'].phase === 'Running', 120_000);
  }

  async function onAndOff(example: Placed): Promise<unknown> {
    const { namespace, object } = example;
    await ready(without(example));
    const before = await namesIn(api, namespace);
    const data = ref('PersistentVolumeClaim', namespace, `${object.metadata.name}-data`);
    const { uid } = ok(await api.get(data)).metadata;
    await ready(object);
    const during = await namesIn(api, namespace);
    await ready(without(example));
    const kept = lasting(example).filter((name) => during.includes(name));
    await waitForNames(api, namespace, [...new Set([...before, ...kept])]);
    return ok(await api.get(data)).metadata.uid === uid ? undefined : 'another claim';
  }

  test('is switched on and off again, and leaves nothing behind but what holds data', async () => {
    const results = await Promise.all(placed().map(async (one) => [one.name, await onAndOff(one).catch(String)] as const));
    expect(Object.fromEntries(results.filter(([, found]) => found !== undefined))).toEqual({});
  }, 240_000);
});
