import { renderExample, type Example, type RenderedExample } from '../../golden/examples';
import { ok, type Api, type KubeObject } from '../api';
import { namespaceObjects } from '../example-surroundings';
import { createNamespace } from '../namespaces';
import { controllerNamespace } from './controller';
import { namesIn } from './instances';

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
