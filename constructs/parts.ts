import { access } from './core/access/access';
import { agent } from './core/agent/agent';
import { disruptionBudget } from './core/availability';
import { caBundle } from './core/ca-bundle';
import { config } from './core/config/config';
import { fragments } from './core/fragments';
import { gateway } from './core/gateway/gateway';
import { networkPolicy } from './core/network-policy';
import { service } from './core/service';
import { storage } from './core/storage';
import { features } from './features';
import type { Part } from './part';

/** Every part, in the order in which containers, volumes and variables stand in the pod. Fragments of users come last. */
export const parts: readonly Part[] = [
  access,
  networkPolicy,
  storage,
  config,
  gateway,
  disruptionBudget,
  service,
  agent,
  ...features,
  caBundle,
  fragments,
];
