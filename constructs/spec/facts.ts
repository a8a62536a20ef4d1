import type { OpenClawClusterDefaultsSpec } from '../../imports/types';
import type { Policy } from './policy';
import type { SkillPackFact } from './skill-pack';

/** The text of a ConfigMap that an instance refers to. */
export interface ConfigMapFact {
  readonly data: Readonly<Record<string, string>>;
  /** Base64, as the API server sends it. */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/**
 * What must be looked up outside the instance. The core asks no one: its caller reads files or the cluster and hands over what it found.
 * No value of a Secret is ever part of it.
 */
export interface Facts {
  /** The spec of the OpenClawClusterDefaults named `cluster`. @default - none */
  readonly clusterDefaults?: OpenClawClusterDefaultsSpec;
  /** ConfigMaps in the namespace of the instance, by name. One that an instance refers to and that is missing here is an error. @default - none */
  readonly configMaps?: ReadonlyMap<string, ConfigMapFact>;
  /**
   * Kinds of other projects that were asked for, by `servedKindKey`, and whether the cluster knows them. @default - nobody asked a cluster: they
   * are taken for known
   */
  readonly servedKinds?: ReadonlyMap<string, boolean>;
  /** Skill packs that were asked for, by their whole reference. @default - nobody has looked for any */
  readonly skillPacks?: ReadonlyMap<string, SkillPackFact>;
  /** Secrets in the controller's own namespace that were asked for and are there, by name. @default - there is no controller */
  readonly controllerSecrets?: ReadonlySet<string>;
  /** What an administrator lets the users of namespaces do. @default - the narrow default */
  readonly policy?: Policy;
}
