import type { OpenClawInstanceStatus } from '../../constructs';
import type { Observed } from '../observe/observed';
import type { Step } from './step';

/** The fields of the status in which state machines keep where they are. Nobody else writes them. */
export const MACHINE_FIELDS = [
  'overrides',
  'backupJobName',
  'backingUpSince',
  'restoreJobName',
  'lastBackupPath',
  'lastBackupTime',
  'restoredFrom',
  'restoringFrom',
  'restoreJobMade',
  'mayRestoreAgain',
  'autoUpdate',
] as const satisfies readonly (keyof OpenClawInstanceStatus)[];

/** The conditions that state machines judge, and nobody else. */
export const MACHINE_CONDITIONS = ['BackupComplete', 'RestoreComplete', 'AutoUpdateAvailable'] as const;

/** Those of which False is news and no fault: the newest release runs, or nobody could be asked which that is. */
export const NEWS_CONDITIONS: readonly string[] = ['AutoUpdateAvailable'] satisfies readonly (typeof MACHINE_CONDITIONS)[number][];

/** Fields to set; those that are `undefined` are taken away. */
export type StatusRecord = { readonly [K in (typeof MACHINE_FIELDS)[number]]?: OpenClawInstanceStatus[K] | undefined };

/** Why nothing is delivered. */
export interface Hold {
  /** One CamelCase word, for the condition. */
  readonly reason: string;
  readonly message: string;
}

/** What a state machine says of its work, in a condition of its own. */
export interface Telling {
  readonly type: string;
  readonly status: 'True' | 'False';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** What one state machine wants of one pass: at most one step on its way. */
export interface Move {
  /** Nothing else is decided in this pass: the instance comes to its end. @default false */
  readonly alone?: boolean;
  /** Machines after it are not asked in this pass: they would lay their overrides over those that it records. @default false */
  readonly last?: boolean;
  /**
   * Written to the status before the steps of this pass are run, so that whoever comes after a crash knows what was begun. Every step has to
   * bear being run again. @default - nothing new
   */
  readonly record?: StatusRecord;
  /** @default - nothing is done */
  readonly steps?: readonly Step[];
  /** Ids of objects that prune must leave although no manifest asks for them. @default - none */
  readonly keep?: readonly string[];
  /** @default - manifests are delivered */
  readonly hold?: Hold;
  /**
   * What is going on: `Ready` is False with this reason, and the phase follows from it. An instance that comes to its end stays as long as there is
   * one. @default - nothing
   */
  readonly activity?: Hold;
  /** Conditions that it judges. One that it says nothing about stays as it is. @default - none */
  readonly tellings?: readonly Telling[];
  /** Conditions of its own that leave. @default - none */
  readonly silences?: readonly (typeof MACHINE_CONDITIONS)[number][];
  /** When it wants the next pass although nothing changes. @default - it does not */
  readonly requeueAfterMs?: number;
}

/**
 * `(observed, now) -> the next move`, pure. Where it stands is read from the status and from what is there; `undefined` where there is nothing
 * to do for it.
 */
export type StateMachine = (observed: Observed, now: Date) => Move | undefined;
