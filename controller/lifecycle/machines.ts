import { autoUpdate } from './update/auto-update';
import { credentials } from './credentials';
import { deletion } from './deletion';
import { migration } from './migration';
import { restore } from './restore';
import type { StateMachine } from './machine';
import { strayJobs } from './stray-jobs';

/** Every state machine, in the order in which they are asked. Deletion is first: it ends all the others. */
export const machines: readonly StateMachine[] = [deletion, strayJobs, migration, restore, credentials, autoUpdate];
