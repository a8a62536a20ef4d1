import { renderExample, type Example, type RenderedExample } from '../../golden/examples';
import { ok, type Api, type KubeObject } from '../api';
import { clusterObjects, namespaceObjects } from '../example-surroundings';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { type RunningController, controllerNamespace, startController } from './controller';
import { namesIn, removeNamespaces } from './instances';

/** An example in a namespace of its own, with what it needs around it. */
export interface Placed extends RenderedExample {
  readonly namespace: string;
  readonly object: KubeObject;
  /** What was there before the instance, as `Kind name`. */
  readonly around: readonly string[];
}

/** Makes a namespace for an example, and all that has to be there before its instance comes. */
export async function placeExample(api: Api, example: Example): Promise<Placed> {
  await grantRules(api, example);
  const namespace = await createNamespace(api, 'restricted');
  const metadata = { ...example.instance.metadata, namespace };
  const rendered = renderExample({ ...example, instance: { ...example.instance, metadata } });
  // Secrets of the controller's own making are not brought along.
  const brought = rendered.references.filter(({ generate }) => generate === undefined);
  for (const object of namespaceObjects({ ...rendered, references: brought }, namespace)) ok(await api.create(object));
  return { ...rendered, namespace, object: rendered.instance as unknown as KubeObject, around: await namesIn(api, namespace) };
}

/**
 * Places examples before the tests of this block, beside a controller that delivers them, and takes all of it away at the end. Returns where they are.
 *
 * @param prepare what the cluster needs beside our CRDs
 */
export function placedExamples(
  api: Api,
  examples: readonly Example[],
  prepare: () => Promise<void> = async () => undefined,
): () => readonly Placed[] {
  let placed: readonly Placed[] = [];
  let running: RunningController | undefined;
  beforeAll(async () => {
    await installCrds(api);
    await prepare();
    for (const object of clusterObjects) ok(await api.apply(object, { force: true }));
    running = await startController(api);
    placed = await Promise.all(examples.map((example) => placeExample(api, example)));
  }, 120_000);
  afterAll(async () => {
    await removeNamespaces(
      api,
      placed.map(({ namespace }) => namespace),
    );
    await running?.stop();
  }, 120_000);
  return () => placed;
}

/** How many pods an example has: an autoscaler without metrics keeps to its smallest number. */
export function podCount({ instance }: Pick<Placed, 'instance'>): number {
  const { enabled, minReplicas = 1 } = instance.spec?.availability?.autoScaling ?? {};
  return enabled === true ? minReplicas : 1;
}

/** Claims that a StatefulSet makes for its pods, as `Kind name`. */
export function podClaims(placed: Pick<Placed, 'instance' | 'manifests'>): string[] {
  return placed.manifests
    .filter(({ kind }) => kind === 'StatefulSet')
    .flatMap(({ metadata, spec }) => {
      const { volumeClaimTemplates = [] } = spec as { readonly volumeClaimTemplates?: readonly KubeObject[] };
      const ordinals = Array.from({ length: podCount(placed) }, (_, index) => index);
      return volumeClaimTemplates.flatMap((claim) =>
        ordinals.map((ordinal) => `PersistentVolumeClaim ${claim.metadata.name}-${metadata.name}-${ordinal}`),
      );
    });
}

/** T-J3 Nobody can grant more than they hold, so whoever wants rules of their own for an agent gives them to the controller first. */
async function grantRules(api: Api, { name, instance }: Example): Promise<void> {
  const rules = instance.spec?.security?.rbac?.additionalRules ?? [];
  if (rules.length === 0) return;
  const metadata = { name: `openclaw-controller-${name}` };
  const group = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name: 'openclaw-controller', namespace: controllerNamespace }];
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: metadata.name };
  const role: KubeObject = { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules };
  const binding: KubeObject = { apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef, subjects };
  ok(await api.apply(role));
  ok(await api.apply(binding));
}
