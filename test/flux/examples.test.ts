import { bootstrapName } from '../../gitops/bootstrap/settings';
import { type Api, type KubeObject, ok } from '../cluster/api';
import type { Placed } from '../cluster/controller/placed-examples';
import { describeWith, testCluster } from '../cluster/parts';
import { examplesStory } from './examples-story';
import { fluxNamespace, startFlux } from './flux';
import { cluster, fluxSetUp } from './git-mode';
import type { GitServer } from './git-server';
import { size } from '../long';
import { missingFlux } from './programs';

const GROUP = 'rbac.authorization.k8s.io';
const setUp = bootstrapName({ cluster });

/** What the account of Flux has to hold beside ours: rules that somebody wants for an agent. */
function grants(placed: readonly Placed[]): KubeObject[] {
  return placed.flatMap(({ namespace, instance }) => {
    const rules = instance.spec?.security?.rbac?.additionalRules ?? [];
    const metadata = { name: `flux-may-grant-${namespace}` };
    const subjects = [{ kind: 'ServiceAccount', name: setUp, namespace: fluxNamespace }];
    const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: metadata.name };
    const role: KubeObject = { apiVersion: `${GROUP}/v1`, kind: 'ClusterRole', metadata, rules };
    const binding: KubeObject = { apiVersion: `${GROUP}/v1`, kind: 'ClusterRoleBinding', metadata, subjects, roleRef };
    return rules.length === 0 ? [] : [role, binding];
  });
}

const objects = (server: GitServer, placed: readonly Placed[]): KubeObject[] =>
  fluxSetUp(
    server,
    placed.map(({ namespace }) => namespace),
  );

async function follow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void> {
  for (const object of [...grants(placed), ...objects(server, placed)]) ok(await api.apply(object, { force: true }));
}

/** While Flux still runs: its objects wait for it. The rights go last. */
async function unfollow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void> {
  for (const object of objects(server, placed).toReversed()) {
    await api.delete(object);
    if (object.kind === 'Kustomization' || object.kind === 'GitRepository') await api.waitForGone(object, 30_000);
  }
}

describeWith(
  ['server', 'controllers', 'traefik', { why: missingFlux() }],
  'the examples, by way of Git and Flux, with the rights of gitops init',
  () => {
    examplesStory({
      mode: { setUp },
      stays: [`RoleBinding ${setUp}`],
      start: () => startFlux(testCluster()),
      follow,
      unfollow,
      // Argo CD has every sixth, from the first one on: none of these.
      every: size(3, 1),
      from: size(1, 0),
    });
  },
);
