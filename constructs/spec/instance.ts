import type { OpenClawInstanceSpec, ResolvedOpenClawInstanceSpec } from '../../imports/types';
import type { JsonObject } from './json';
import type { Dialect } from './dialect';
import type { Facts } from './facts';
import type { Override } from './override';
import type { VolumeLayout } from './volume-layout';

/** An OpenClawInstance as a user wrote it, or as the API server returns it. */
export interface WrittenInstance {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: OpenClawInstanceSpec;
}

/** An instance after `resolve`: every default is in it, every rule has passed. Constructs read it and never ask `??` of a spec field. */
export interface Instance {
  readonly name: string;
  /** Missing when the document names none: the objects then go to the namespace of whoever applies them. */
  readonly namespace?: string;
  readonly spec: ResolvedOpenClawInstanceSpec;
  readonly dialect: Dialect;
  readonly volumeLayout: VolumeLayout;
  /** The base of openclaw.json: `config.raw`, or the parsed text of the referenced ConfigMap. */
  readonly config: JsonObject;
  readonly facts: Facts;
  /** What holds in place of the written spec. Those of fields are in `spec` already. @default - nothing does */
  readonly overrides?: readonly Override[];
}
