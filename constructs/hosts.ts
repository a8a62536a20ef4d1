import type { AgentConfig } from './core/agent-config';
import type { AgentNetworkPolicy } from './core/network-policy';
import type { AgentPod } from './core/agent-pod';
import type { AgentRole } from './core/access';
import type { AgentService } from './core/service';

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
