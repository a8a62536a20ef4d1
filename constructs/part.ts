import { Construct } from 'constructs';
import type { OpenClawInstanceSpec, OpenClawInstanceStatus, ResolvedOpenClawInstanceSpec } from '../imports/types';
import type { Hosts } from './hosts/hosts';
import type { RoleRule } from './hosts/role';
import type { Facts } from './spec/facts';
import type { Instance, WrittenInstance } from './spec/instance';
import type { Issue } from './spec/issue';
import type { JsonObject } from './spec/json';
import type { Need } from './spec/need';
import type { Reference } from './spec/reference';
import type { Kind } from './wire/kinds';
import type { Manifest } from './wire/manifest';
import type { JobType } from './wire/names';

/**
 * A spec whose derived defaults are being filled in. Schema defaults are in it already; a part sets what is still missing of its own fields.
 * It is a private copy, so it may be changed.
 */
export type DraftSpec = OpenClawInstanceSpec;

/** What a check looks at beside the hosts: the resolved spec, and the document around it. */
export interface CheckInput {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** As the user wrote it, before any default; without the empty texts that mean "not set". */
  readonly written: OpenClawInstanceSpec;
  readonly spec: ResolvedOpenClawInstanceSpec;
  /** The base of openclaw.json: `config.raw`, or the parsed text of the referenced ConfigMap. */
  readonly config: JsonObject;
  readonly facts: Facts;
}

/**
 * A check that CEL cannot say. It sees what every part has put into the hosts, so it need not guess what others add. Returns what it found;
 * never throws, never changes anything.
 */
export type Check = (input: CheckInput, hosts: Hosts) => Iterable<Issue>;

/** An object whose name the status tells. */
export interface ManagedObject {
  /** The field of `status.managedResources`. */
  readonly field: keyof NonNullable<OpenClawInstanceStatus['managedResources']>;
  readonly kind: Kind;
  /** The name that it has for an instance; `undefined` where there is none. */
  readonly nameOf: (instance: Pick<Instance, 'name' | 'spec'>) => string | undefined;
}

/** A condition of the status about one kind of object of a part. */
export interface ObjectCondition {
  readonly type: string;
  readonly kind: Kind;
  /** The reason of `True`: every object of the kind is there as it is wanted. */
  readonly created: string;
  /** A warning of the part that says that it makes no object, and the reason of `False` then. @default - it always makes them */
  readonly leftOut?: { readonly rule: string; readonly reason: string };
}

/** One copy of the data of an instance, to a bucket or from it, which the controller asks for. */
export interface TransferRequest {
  /** Of the Job. */
  readonly name: string;
  readonly jobType: JobType;
  readonly direction: 'backup' | 'restore';
  /** Where in the bucket. */
  readonly path: string;
  /** The agent runs meanwhile. @default false */
  readonly isHot?: boolean;
  /** Of a restore: where what is on the volume is copied first. */
  readonly aside?: string;
}

/**
 * One part of the stack: a piece of the core, or a feature. Everything that belongs to it stands in its folder: the fields it reads, derived
 * defaults, checks, what must exist, and how it reaches the shared objects through the hosts. No other file knows its name.
 *
 * An instance goes through three phases: every part binds, every part checks what is then there, every part creates its objects. Parts that
 * are not enabled take no part in any of them.
 */
export interface Part {
  /** Its name in messages, and the name of its folder. */
  readonly name: string;
  /**
   * The spec fields that it reads, as dotted paths under `spec` (`chromium`, `networking.ingress`). A written field that no part claims is
   * answered with a warning.
   */
  readonly claims: readonly string[];
  /** What has to be known before it can be resolved. The document may have any shape: it is not checked yet. @default - nothing */
  readonly needs?: (written: WrittenInstance) => Iterable<Need>;
  /**
   * The kinds of its objects, generated Secrets included. What the controller watches, prunes and may write follows from the kinds of all
   * parts. @default - none
   */
  readonly emits?: readonly Kind[];
  /**
   * Kinds that it makes no more, and that a predecessor may have made for an instance: they are watched, stopped and removed. @default - none
   */
  readonly retired?: readonly Kind[];
  /**
   * What it may put into the Role of the agent, without names of objects. Nobody can grant what they do not hold, so the controller asks for the
   * same, and so does the account by which an engine applies. @default - nothing
   */
  readonly grants?: readonly RoleRule[];
  /** Those of its objects that the status names. @default - none */
  readonly managed?: readonly ManagedObject[];
  /** Conditions about its objects. @default - none */
  readonly conditions?: readonly ObjectCondition[];
  /**
   * Fills derived defaults, those that depend on other fields, on the annotations of the instance, or move with releases. Called whether it
   * is enabled or not. @default - none
   */
  readonly derive?: (draft: DraftSpec, annotations: Readonly<Record<string, string>>) => void;
  /** Whether anything of it is wanted. Asked by the engine and by nobody else. @default - always */
  readonly isEnabled?: (spec: ResolvedOpenClawInstanceSpec) => boolean;
  /** Fills the hosts. It runs before anything is checked, so it must bear every spec of the right shape. @default - adds nothing */
  readonly bind?: (hosts: Hosts, instance: Instance) => void;
  /** @default - none */
  readonly checks?: readonly Check[];
  /** What must exist for this instance. @default - nothing */
  readonly references?: (input: CheckInput) => Iterable<Reference>;
  /** Makes the Job of a copy; `undefined` where the instance keeps no data. One part has it. @default - it makes no such Jobs */
  readonly transferJob?: (hosts: Hosts, instance: Instance, request: TransferRequest) => Manifest | undefined;
  /** Makes its objects under `scope`, from the hosts as they are at synthesis. Adds nothing to them. @default - it has no objects of its own */
  readonly create?: (scope: Construct, hosts: Hosts, instance: Instance) => void;
}

/** What a part needs to join a stack that is there: an `OpenClaw`, or the chart and instance of an `OpenClawChart`. */
export interface PartConstructProps {
  readonly hosts: Hosts;
  readonly instance: Instance;
}

/** A part as a construct of its own, for authors: it joins a stack whose registry left it out. */
export class PartConstruct extends Construct {
  public constructor(scope: Construct, id: string, part: Part, { hosts, instance }: PartConstructProps) {
    super(scope, id);
    part.bind?.(hosts, instance);
    part.create?.(this, hosts, instance);
  }
}
