import { single } from '../../constructs/feature-pairs';
import { ok, type KubeObject } from '../api';
import { clusterObjects } from '../example-surroundings';
import { installForeignCrds } from '../foreign';
import { installCrds } from '../install-crds';
import { describeWith, testApi } from '../parts';
import { startController, type RunningController } from './controller';
import { isReady, namesIn, ref, removeNamespaces, waitForInstance, waitForNames } from './instances';
import { placeExample, type Placed } from './placed-examples';

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
  let placed: Placed[] = [];
  let running: RunningController | undefined;

  beforeAll(async () => {
    await installCrds(api);
    await installForeignCrds(api);
    for (const object of clusterObjects) ok(await api.apply(object, { force: true }));
    running = await startController(api);
    placed = await Promise.all(changing.map((example) => placeExample(api, example)));
  }, 120_000);

  afterAll(async () => {
    await removeNamespaces(
      api,
      placed.map(({ namespace }) => namespace),
    );
    await running?.stop();
  }, 120_000);

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
    const results = await Promise.all(placed.map(async (one) => [one.name, await onAndOff(one).catch(String)] as const));
    expect(Object.fromEntries(results.filter(([, found]) => found !== undefined))).toEqual({});
  }, 240_000);
});
