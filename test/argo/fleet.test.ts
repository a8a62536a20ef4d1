import { type Api, type KubeObject, waitUntil } from '../cluster/api';
import { describeWith, testCluster } from '../cluster/parts';
import { fleetStory } from '../flux/fleet-story';
import { argoNamespace, startArgo } from './argo';
import { missingArgo } from './programs';

const API = 'argoproj.io/v1alpha1';

const named = (name: string) => ({ apiVersion: API, kind: 'Application', metadata: { name, namespace: argoNamespace } });
const written = named('openclaw-prod.instances');
const set = { apiVersion: API, kind: 'ApplicationSet', metadata: { name: 'openclaw-prod', namespace: argoNamespace } };

const annotate = async (api: Api, object: typeof written, key: string, value: string): Promise<void> => {
  await api.patch(object, { metadata: { annotations: { [`argocd.argoproj.io/${key}`]: value } } });
};

const applications = (api: Api): Promise<readonly KubeObject[]> => api.list(API, 'Application', argoNamespace);

async function states(api: Api, commit: string): Promise<string> {
  const all = await applications(api);
  const told = all.map(({ metadata, status }) => {
    const { sync = {}, health = {}, resources = [] } = (status ?? {}) as Record<string, never>;
    const { status: how, revision } = sync as { status?: string; revision?: string };
    const differs = (resources as { status?: string; kind: string; name: string }[]).filter(({ status: one }) => one !== 'Synced');
    const isOld = metadata.name === written.metadata.name && revision !== commit;
    return `${metadata.name} ${isOld ? 'old ' : ''}${how} ${(health as { status?: string }).status} ${differs.map(({ name }) => name).join()}`.trim();
  });
  return told.join('\n');
}

const isDone = (text: string): boolean => text.split('\n').every((line) => line.endsWith(' Synced Healthy') && !line.includes(' old '));

describeWith(['server', 'controllers', { why: missingArgo() }], 'a fleet from Git, with Argo CD', () => {
  fleetStory({
    engine: 'argocd',
    name: 'Argo CD',
    heading: 'With Argo CD',
    start: (server) => startArgo(testCluster(), server),
    nudge: async (api) => {
      await annotate(api, set, 'application-set-refresh', 'true');
      for (const { metadata } of await applications(api)) await annotate(api, named(metadata.name ?? ''), 'refresh', 'normal');
    },
    refusal: async (api) => {
      const { status } = (await api.get(written)).body as { status?: KubeObject['status'] };
      const { conditions = [], operationState = {} } = (status ?? {}) as { conditions?: object[]; operationState?: object };
      return JSON.stringify([conditions, operationState]);
    },
    missesObjects: /wipe out all resources/,
    settled: async (api, commit) => {
      for (const { metadata } of await applications(api)) {
        await annotate(api, named(metadata.name ?? ''), 'refresh', 'hard');
      }
      await waitUntil('every Application to be Synced and Healthy', () => states(api, commit), isDone, 90_000);
    },
    health: async (api, namespace, name) => {
      const { status } = (await api.get(written)).body as { status?: { resources?: Record<string, never>[] } };
      const found = (status?.resources ?? []).find((one) => one['namespace'] === namespace && one['name'] === name) ?? {};
      const { status: how, message } = (found['health'] ?? {}) as { status?: string; message?: string };
      return `${how} ${message}`;
    },
    forget: async (api) => {
      for (const one of [named('fleet'), set, written]) {
        await api.delete(one);
        await api.waitForGone(one, 30_000);
      }
      for (const application of await applications(api)) await api.delete(application);
      for (const project of await api.list(API, 'AppProject', argoNamespace))
        if (project.metadata.name !== 'default') await api.delete(project);
    },
  });
});
