import type { Construct } from 'constructs';
import { AgentRole } from './core/access';
import { AgentConfig } from './core/agent-config';
import { AgentPod } from './core/agent-pod';
import { AgentNetworkPolicy } from './core/network-policy';
import { AgentService, customPorts } from './core/service';
import type { Hosts } from './hosts';
import { parts as registeredParts } from './parts';
import type { Part } from './part';
import type { Instance } from './spec/instance';

function createHosts(instance: Instance): Hosts {
  const service = new AgentService(customPorts(instance.spec));
  return {
    pod: new AgentPod(),
    config: new AgentConfig(instance.config),
    network: new AgentNetworkPolicy(service),
    service,
    rbac: new AgentRole(),
  };
}

/** Creates every object of `instance` under `scope`, and returns the hosts, to which more may be added until synthesis. */
export function createStack(scope: Construct, instance: Instance, parts: readonly Part[] = registeredParts): Hosts {
  const hosts = createHosts(instance);
  for (const part of parts) {
    if (part.isEnabled && !part.isEnabled(instance.spec)) continue;
    for (const port of part.servicePorts?.(instance.spec) ?? []) hosts.service.addPort(part.name, port);
    part.create(scope, hosts, instance);
  }
  return hosts;
}
