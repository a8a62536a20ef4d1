import type { BootstrapSettings, Engine } from '../../gitops/bootstrap/settings';
import { OWN_SERVER } from '../../gitops/bootstrap/settings';
import { bootstrap } from '../../gitops/bootstrap/bootstrap';
import { deliveredGrants, deliveredKinds } from '../../gitops/bootstrap/delivered-kinds';
import { type Api, type KubeObject, ok } from '../cluster/api';
import { removeNamespaces } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { createNamespace } from '../cluster/namespaces';
import { RealRegistry } from './artifacts';
import { startOciMode, urlOf } from './oci-mode';

/** The name of the cluster in the registry, and of the objects that tell an engine of it. */
export const OCI_CLUSTER = 'oci';
export const OCI_NAME = `openclaw-${OCI_CLUSTER}`;

/** One engine, as the bed needs it. */
export interface OciEngine {
  readonly engine: Engine;
  readonly namespace: string;
  /** What the controller is told of it. */
  readonly flags: Readonly<Record<string, string>>;
  start(): Promise<{ stop(): Promise<void> }>;
  /** From what `gitops init` writes: looking more often, and with the Secrets that it asks for. */
  setUp(written: readonly KubeObject[], registry: RealRegistry, settings: BootstrapSettings): Promise<readonly KubeObject[]>;
  /** Takes one of these objects away, while the engine runs. */
  remove(object: KubeObject): Promise<unknown>;
}

/** A registry, a controller that pushes to it, and an engine that applies what is pushed. */
export interface OciBed {
  readonly registry: RealRegistry;
  /** A new one, for the instances. */
  readonly namespace: string;
  /** What the engine was told. */
  readonly objects: readonly KubeObject[];
  end(): Promise<void>;
}

export async function beginOciBed(api: Api, engine: OciEngine): Promise<OciBed> {
  const ends: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).toReversed()) await one();
  };
  try {
    await installCrds(api);
    const registry = await RealRegistry.start();
    ends.push(() => registry.stop());
    const running = await engine.start();
    ends.push(() => running.stop());
    const mode = await startOciMode(api, registry, OCI_CLUSTER, engine.flags);
    ends.push(() => mode.stop());
    const namespace = await createNamespace(api);
    ends.push(() => removeNamespaces(api, [namespace]));
    const settings: BootstrapSettings = {
      engine: engine.engine,
      cluster: OCI_CLUSTER,
      repository: urlOf(registry),
      branch: OCI_CLUSTER,
      namespaces: [namespace],
      kinds: deliveredKinds(),
      grants: deliveredGrants(),
      engineNamespace: engine.namespace,
      server: OWN_SERVER,
    };
    const objects = await engine.setUp(bootstrap(settings), registry, settings);
    ends.push(async () => {
      for (const object of objects.toReversed()) await engine.remove(object);
    });
    for (const object of objects) ok(await api.apply(object, { force: true, fieldManager: 'kubectl' }));
    return { registry, namespace, objects, end };
  } catch (error) {
    await end();
    throw error;
  }
}
