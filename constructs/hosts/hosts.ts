import type { AgentConfig } from './config';
import type { AgentNetworkPolicy } from './network';
import type { AgentPod } from './pod';
import type { AgentRole } from './role';
import type { AgentService } from './service';

/** The shared objects that parts add to. Each verb may be called in any order: everything is rendered at synthesis. */
export interface Hosts {
  /** The pod: containers, volumes, and the environment of the agent. */
  readonly pod: AgentPod;
  /** openclaw.json, and files mounted beside it. */
  readonly config: AgentConfig;
  /** Who may reach the pod, and what it may reach. */
  readonly network: AgentNetworkPolicy;
  /** The ports of the Service. */
  readonly service: AgentService;
  /** What the agent may do at the API server. */
  readonly rbac: AgentRole;
}
