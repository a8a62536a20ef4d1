import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { RETRY, applicationAnnotations } from '../engines/argo';
import { projectSpec } from './argocd-project';
import { INSTANCE, groupOf, writtenKinds } from './delivered-kinds';
import { type BootstrapSettings, type InstancesSource, instancesName } from './settings';

const API = 'argoproj.io/v1alpha1';

/**
 * By which Argo CD brings what people write: one Application of a folder, in a project of its own that lets instances pass and nothing that the
 * controller makes of them. Deleting it deletes no instance, since it has no finalizer.
 */
export class ArgoCdInstances extends Construct {
  public constructor(scope: Construct, id: string, settings: BootstrapSettings, { branch, path }: InstancesSource) {
    super(scope, id);
    const name = instancesName(settings);
    const { cluster, engineNamespace: namespace, repository, server } = settings;
    // The files name their namespaces: one that was filled in would be a guess.
    const namespaces = ['', ...settings.namespaces];
    const project = projectSpec(
      { ...settings, namespaces },
      `OpenClaw instances of the cluster ${cluster}, as people write them`,
      writtenKinds,
    );
    new ApiObject(this, 'project', { apiVersion: API, kind: 'AppProject', metadata: { name, namespace }, spec: project });
    new ApiObject(this, 'application', {
      apiVersion: API,
      kind: 'Application',
      metadata: { name, namespace, annotations: { ...applicationAnnotations } },
      spec: {
        project: name,
        source: { repoURL: repository, targetRevision: branch, path, directory: { recurse: true } },
        destination: { server },
        // The status is the controller's. Argo CD leaves it alone by itself, unless it was told otherwise.
        ignoreDifferences: [{ group: groupOf(INSTANCE), kind: INSTANCE.kind, jsonPointers: ['/status'] }],
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'],
          retry: RETRY,
        },
      },
    });
  }
}
