import type { Construct } from 'constructs';
import { AgentRole } from './hosts/role';
import { AgentConfig } from './hosts/config';
import { AgentPod } from './hosts/pod';
import { AgentNetworkPolicy } from './hosts/network';
import { AgentService, customPorts } from './hosts/service';
import type { Hosts } from './hosts/hosts';
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
