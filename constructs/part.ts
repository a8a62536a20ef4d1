import type { Construct } from 'constructs';
import type { OpenClawInstanceSpec, ResolvedOpenClawInstanceSpec } from '../imports/types';
import type { AddedPort } from './hosts/service';
import type { Hosts } from './hosts/hosts';
import type { JsonObject } from './spec/json';
import type { Facts } from './spec/facts';
import type { Instance } from './spec/instance';
import type { Issue } from './spec/issue';
import type { Reference } from './spec/reference';

/**
 * A spec whose derived defaults are being filled in. Schema defaults are in it already; a part sets what is still missing of its own fields.
 * It is a private copy, so it may be changed.
 */
export type DraftSpec = OpenClawInstanceSpec;

/** What a rule looks at: the resolved spec, and the document around it. */
export interface RuleInput {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** As the user wrote it, before any default. */
  readonly written: OpenClawInstanceSpec;
  readonly spec: ResolvedOpenClawInstanceSpec;
  /** The base of openclaw.json: `config.raw`, or the parsed text of the referenced ConfigMap. */
  readonly config: JsonObject;
  readonly facts: Facts;
  /** The ports of the Service: those that the user lists, else those of the parts that are on. */
  readonly servicePorts: () => readonly number[];
}

/** A check that CEL cannot say. Returns what it found; never throws, never changes its input. */
export type Rule = (input: RuleInput) => Iterable<Issue>;

/**
 * One part of the stack: a piece of the core, or a feature. Everything that belongs to it stands in its folder: the fields it reads, derived
 * defaults, rules, what must exist, and how it reaches the shared objects through the hosts. No other file knows its name.
 */
export interface Part {
  /** Its name in messages, and the name of its folder. */
  readonly name: string;
  /**
   * The spec fields that it reads, as dotted paths under `spec` (`chromium`, `networking.ingress`). A written field that no part claims is
   * answered with a warning.
   */
  readonly claims: readonly string[];
  /**
   * Fills derived defaults, those that depend on other fields, on the annotations of the instance, or move with releases. @default - none
   */
  readonly derive?: (draft: DraftSpec, annotations: Readonly<Record<string, string>>) => void;
  /** @default - none */
  readonly rules?: readonly Rule[];
  /** What must exist for this instance. @default - nothing */
  readonly references?: (input: RuleInput) => Iterable<Reference>;
  /** The ports that it adds to the Service, where the user lists none. @default - none */
  readonly servicePorts?: (spec: ResolvedOpenClawInstanceSpec) => readonly AddedPort[];
  /** Whether `create` is called. @default - always */
  readonly isEnabled?: (spec: ResolvedOpenClawInstanceSpec) => boolean;
  /** Adds its constructs under `scope` and binds them to the hosts. */
  readonly create: (scope: Construct, hosts: Hosts, instance: Instance) => void;
}
