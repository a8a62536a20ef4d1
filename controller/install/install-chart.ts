import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { Manifest } from '../../constructs';
import { controllerRbac } from '../process/rbac';
import { addMonitoring } from './monitoring';
import { named } from './names';
import { addNetworkPolicy, addServices } from './network';
import type { InstallOptions } from './options';
import { addRaw } from './raw';
import { addUserRoles } from './user-roles';
import { addWorkload } from './workload';

/**
 * Everything that a cluster needs to run the controller but for the CRDs, in the order of application: namespace, account and rights, pods that
 * pass the level `restricted`, the webhook and its registration, who may reach the pods, and what people may do with our kinds.
 */
export class InstallChart extends Chart {
  public constructor(scope: Construct, id: string, options: InstallOptions) {
    super(scope, id, { disableResourceNameHashes: true });
    const { namespace, monitoring, scope: watched } = options;
    const { labels, ...name } = named(namespace);
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: { ...name, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    for (const [index, object] of controllerRbac(namespace, watched).entries()) addRaw(this, `rights-${index}`, object);
    addUserRoles(this);
    addNetworkPolicy(this, options);
    addServices(this, options);
    addWorkload(this, options);
    if (monitoring) addMonitoring(this, options);
  }
}

/** The objects of an install. */
export function installManifests(options: InstallOptions): Manifest[] {
  return new InstallChart(new App(), 'install', options).toJson() as Manifest[];
}
