import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ArgoSettings, OWN_SERVER, RETRY, applicationAnnotations, applicationSpec } from '../engines/argo';
import { applicationName } from '../engines/argo-names';
import { argoDirectory, indexFiles } from '../git/names';
import { HEALTH_KEY, HEALTH_SCRIPT } from './argocd-health';
import { ArgoCdInstances } from './argocd-instances';
import { type ProjectSpec, projectSpec } from './argocd-project';
import { type BootstrapSettings, bootstrapName, indexName, isRegistry } from './settings';

const API = 'argoproj.io/v1alpha1';

/**
 * What Argo CD has to be told: a project that allows this repository, these namespaces and our kinds and no more, an ApplicationSet that makes an
 * Application of each instance in the index, and how well an OpenClawInstance is. For a registry the artifact has the Applications, and one more applies
 * them.
 */
export class ArgoCdBootstrap extends Chart {
  public constructor(scope: Construct, id: string, settings: BootstrapSettings) {
    super(scope, id);
    const name = bootstrapName(settings);
    const { engineNamespace: namespace } = settings;
    const project = {
      ...projectSpec(settings, `OpenClaw instances of the cluster ${settings.cluster}`, settings.kinds),
      ...signaturesOf(settings),
    };
    new ApiObject(this, 'project', { apiVersion: API, kind: 'AppProject', metadata: { name, namespace }, spec: project });
    if (isRegistry(settings)) this.addIndex(settings);
    else {
      new ApiObject(this, 'instances', {
        apiVersion: API,
        kind: 'ApplicationSet',
        metadata: { name, namespace },
        spec: applicationSetSpec(settings),
      });
    }
    this.addHealth(namespace);
    if (settings.instances) new ArgoCdInstances(this, 'written', settings, settings.instances);
  }

  /** ApplicationSets read no index from a registry. So the Applications stand in the artifact, and one of ours applies them. */
  private addIndex(settings: BootstrapSettings): void {
    const metadata = { name: indexName(settings), namespace: settings.engineNamespace };
    new ApiObject(this, 'index-project', { apiVersion: API, kind: 'AppProject', metadata, spec: indexProjectSpec(settings) });
    new ApiObject(this, 'index', { apiVersion: API, kind: 'Application', metadata, spec: indexSpec(settings) });
  }

  private addHealth(namespace: string): void {
    // Argo CD reads no ConfigMap without this label. It is one that is there already, so all of this is for a server-side apply.
    new ApiObject(this, 'health', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'argocd-cm',
        namespace,
        labels: { 'app.kubernetes.io/part-of': 'argocd' },
        // It is Argo CD's own: an Application that brings this set-up must never take it along.
        annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
      },
      data: { [HEALTH_KEY]: HEALTH_SCRIPT },
    });
  }
}

/** Whose commits are taken. */
function signaturesOf({ signatureKeys }: BootstrapSettings): object {
  return signatureKeys === undefined ? {} : { signatureKeys: signatureKeys.map((keyID) => ({ keyID })) };
}

/** Applications and nothing else, in the namespace of Argo CD. */
function indexProjectSpec({ cluster, repository, engineNamespace }: BootstrapSettings): ProjectSpec {
  return {
    description: `Applications of the OpenClaw instances of the cluster ${cluster}`,
    sourceRepos: [repository],
    destinations: [{ server: OWN_SERVER, namespace: engineNamespace }],
    clusterResourceWhitelist: [],
    namespaceResourceWhitelist: [{ group: API.slice(0, API.indexOf('/')), kind: 'Application' }],
  };
}

function indexSpec(settings: BootstrapSettings): object {
  const { cluster, repository, branch, engineNamespace } = settings;
  return {
    project: indexName(settings),
    source: { repoURL: repository, targetRevision: branch, path: argoDirectory(cluster) },
    destination: { server: OWN_SERVER, namespace: engineNamespace },
    syncPolicy: {
      // The last Application goes like any other: it has no finalizer, so nothing that was applied goes with it.
      automated: { prune: true, selfHeal: true, allowEmpty: true },
      syncOptions: ['ServerSideApply=true'],
      retry: RETRY,
    },
  };
}

/**
 * What Argo CD writes into a generator by itself after each word from a webhook. Whoever brings the ApplicationSet by Argo CD would see a difference
 * otherwise.
 */
const EMPTY_TEMPLATE = { metadata: {}, spec: { destination: {}, project: '' } } as const;

function applicationSetSpec(settings: BootstrapSettings): object {
  const { cluster, repository, branch } = settings;
  return {
    goTemplate: true,
    goTemplateOptions: ['missingkey=error'],
    // An index that cannot be read, or an ApplicationSet that somebody deletes, must not take assistants along.
    syncPolicy: { preserveResourcesOnDeletion: true },
    generators: [
      {
        git: {
          repoURL: repository,
          revision: branch,
          requeueAfterSeconds: 60,
          files: [{ path: indexFiles(cluster) }],
          template: EMPTY_TEMPLATE,
        },
      },
    ],
    template: {
      metadata: {
        name: applicationName({ cluster, namespace: '{{ .namespace }}', name: '{{ .name }}' }),
        annotations: applicationAnnotations,
      },
      spec: applicationSpec({ ...argoSettings(settings), project: projectText(settings) }, '{{ .directory }}', '{{ .namespace }}'),
    },
  };
}

/**
 * The project of each Application. Where signatures count, Argo CD would verify the commit of the index as well, before it has fetched it, and fail
 * (argo-cd#23689); of a project that is a template it leaves that out. What an Application applies is verified all the same.
 */
function projectText(settings: BootstrapSettings): string {
  const name = bootstrapName(settings);
  return settings.signatureKeys === undefined ? name : `{{ "${name}" }}`;
}

/** How every instance of the cluster is applied. */
function argoSettings(settings: BootstrapSettings): ArgoSettings {
  const { repository, branch, server, engineNamespace } = settings;
  return { project: bootstrapName(settings), repository, revision: branch, server, namespace: engineNamespace };
}
