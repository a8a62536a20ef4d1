import type { Construct } from 'constructs';
import type { Hosts } from './hosts/hosts';
import { parts as registeredParts } from './parts';
import type { Part } from './part';
import { bindParts, enabledParts } from './resolve/bind';
import type { Instance } from './spec/instance';

/** What a stack is made from beside its instance. */
export interface StackOptions {
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** The hosts that `resolve` filled with these parts. They become those of the stack. @default - filled anew */
  readonly hosts?: Hosts | undefined;
}

/** Creates every object of `instance` under `scope`, and returns the hosts, to which more may be added until synthesis. */
export function createStack(scope: Construct, instance: Instance, { parts = registeredParts, hosts }: StackOptions = {}): Hosts {
  const enabled = enabledParts(instance.spec, parts);
  const filled = hosts ?? bindParts(instance, enabled).hosts;
  for (const part of enabled) part.create?.(scope, filled, instance);
  return filled;
}
