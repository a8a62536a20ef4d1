import type { Instance } from '../spec/instance';
import { containers } from '../wire/names';
import { AgentConfig } from './config';
import { AgentJobs } from './jobs';
import { AgentNetworkPolicy } from './network';
import { AgentPod } from './pod';
import { AgentRole } from './role';
import { AgentService, customPorts } from './service';
import { AgentWorkload } from './workload';
import { AgentWorkspaces } from './workspace';

/** The shared objects that parts add to, as plain data. Each verb may be called in any order: everything is rendered at synthesis. */
export interface Hosts {
  /** The pod: containers, volumes, and the environment of the agent. */
  readonly pod: AgentPod;
  /** The StatefulSet around the pod: replicas, claim templates, update strategy. */
  readonly workload: AgentWorkload;
  /** openclaw.json, and files mounted beside it. */
  readonly config: AgentConfig;
  /** Files and folders that the agent finds. */
  readonly workspace: AgentWorkspaces;
  /** Who may reach the pod, and what it may reach. */
  readonly network: AgentNetworkPolicy;
  /** The ports of the Service. */
  readonly service: AgentService;
  /** What the agent may do at the API server. */
  readonly rbac: AgentRole;
  /** Pods that run beside the StatefulSet. */
  readonly jobs: AgentJobs;
}

/** Hosts with nothing in them but what `instance` says of itself. */
export function createHosts(instance: Instance): Hosts {
  const service = new AgentService(customPorts(instance.spec));
  const pod = new AgentPod(containers.agent);
  const network = new AgentNetworkPolicy(service);
  return {
    pod,
    workload: new AgentWorkload(pod),
    config: new AgentConfig(instance.config),
    workspace: new AgentWorkspaces(),
    network,
    service,
    rbac: new AgentRole(pod, network),
    jobs: new AgentJobs(instance, pod),
  };
}
