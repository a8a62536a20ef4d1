import { type Api, type KubeObject, type ObjectRef, ok, waitUntil } from '../cluster/api';
import { condition } from '../cluster/controller/instances';
import { describeWith, testCluster } from '../cluster/parts';
import { fleetStory } from './fleet-story';
import { fluxNamespace, startFlux } from './flux';
import { nudge } from './git-mode';
import { missingFlux } from './programs';

const SOURCES = 'source.toolkit.fluxcd.io/v1';
const KUSTOMIZATIONS = 'kustomize.toolkit.fluxcd.io/v1';

const written = (kind: string, apiVersion: string): ObjectRef => ({
  apiVersion,
  kind,
  metadata: { name: 'openclaw-prod.instances', namespace: fluxNamespace },
});

async function ownObjects(api: Api): Promise<KubeObject[]> {
  const [sources, kustomizations] = await Promise.all([
    api.list(SOURCES, 'GitRepository', fluxNamespace),
    api.list(KUSTOMIZATIONS, 'Kustomization', fluxNamespace),
  ]);
  return [
    ...sources.map((object) => ({ ...object, apiVersion: SOURCES, kind: 'GitRepository' })),
    ...kustomizations.map((object) => ({ ...object, apiVersion: KUSTOMIZATIONS, kind: 'Kustomization' })),
  ];
}

/** A line an object; those that bring what people write say whether they are at a commit. */
async function states(api: Api, commit: string): Promise<string> {
  const lines = (await ownObjects(api)).map((object) => {
    const { lastAppliedRevision, artifact }: { lastAppliedRevision?: string; artifact?: { revision: string } } = object['status'] ?? {};
    const revision = (object.kind === 'Kustomization' ? lastAppliedRevision : artifact?.revision) ?? '';
    const isOld = object.metadata.name === 'openclaw-prod.instances' && !revision.endsWith(commit);
    return `${object.kind} ${object.metadata.name} ${isOld ? 'old ' : ''}${condition(object, 'Ready')?.status}`;
  });
  return lines.join('\n');
}

const isDone = (text: string): boolean => text.split('\n').every((line) => line.endsWith(' True') && !line.includes(' old '));

describeWith(['server', 'controllers', { why: missingFlux() }], 'a fleet from Git, with Flux', () => {
  fleetStory({
    engine: 'flux',
    name: 'Flux',
    heading: 'With Flux',
    start: () => startFlux(testCluster()),
    afterwards: async (api, { ca }) => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openclaw-prod', namespace: fluxNamespace } };
      ok(await api.patch(secret, { stringData: { 'ca.crt': ca } }));
    },
    nudge: async (api) => {
      for (const object of await ownObjects(api)) {
        // A Kustomization follows its source by itself, and what failed waits for a minute. An object may go between the list and the word.
        const waits = object.kind === 'GitRepository' || condition(object, 'Ready')?.status === 'False';
        if (waits) await nudge(api, object).catch(() => undefined);
      }
    },
    refusal: async (api) => condition(ok(await api.get(written('Kustomization', KUSTOMIZATIONS))), 'Ready')?.message ?? '',
    settled: async (api, commit) => {
      await waitUntil('every object of Flux to be Ready', () => states(api, commit), isDone, 90_000);
    },
    forget: async (api) => {
      // The first brings the others anew. Each waits for Flux to let it go.
      const all = await ownObjects(api);
      const byName = (name: string) => all.filter(({ kind, metadata }) => kind === 'Kustomization' && metadata.name === name);
      const first = ['fleet', 'openclaw-prod', 'openclaw-prod.instances'].flatMap(byName);
      for (const object of [...first, ...all.filter((one) => !first.includes(one))]) {
        await api.delete(object);
        await api.waitForGone(object, 60_000);
      }
    },
  });
});
