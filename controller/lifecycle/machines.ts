import { autoUpdate } from './update/auto-update';
import { credentials } from './credentials';
import { deletion } from './deletion';
import { migration } from './migration';
import { restore } from './restore';
import type { StateMachine } from './machine';

/** Every state machine, in the order in which they are asked. Deletion is first: it ends all the others. */
export const machines: readonly StateMachine[] = [deletion, migration, restore, credentials, autoUpdate];
