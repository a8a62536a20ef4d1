import { Construct } from 'constructs';
import { selectorLabels } from '../wire/names';
import type { AgentService } from '../hosts/service';
import type { PodsHandle } from './handles';
import { loadPlus } from './references';

export interface AgentPodsProps {
  /** The name of the instance. */
  readonly instanceName: string;
  readonly namespace: string | undefined;
  /** The Service in front of the pods. Its ports are those that a policy opens. */
  readonly service: AgentService;
}

/**
 * The pods of an instance, for everything of any cdk8s-plus that selects pods: `NetworkPolicy`, `Service`, `deployment.connections.allowTo`,
 * `scheduling.colocate`.
 */
export class AgentPods extends Construct implements PodsHandle {
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: AgentPodsProps,
  ) {
    super(scope, id);
  }

  /** The ports that answer outside the pod, in the form in which `connections` looks for them. */
  public get containers(): readonly { readonly ports: readonly { readonly number: number }[] }[] {
    const tcp = this.props.service.ports.filter(({ protocol }) => protocol === 'TCP');
    return [{ ports: tcp.map(({ targetPort }) => ({ number: targetPort })) }];
  }

  public toPodSelectorConfig(): ReturnType<PodsHandle['toPodSelectorConfig']> {
    const { instanceName, namespace } = this.props;
    return {
      labelSelector: loadPlus().LabelSelector.of({ labels: selectorLabels(instanceName) }) as never,
      ...(namespace !== undefined && { namespaces: { names: [namespace] } }),
    };
  }

  public toNetworkPolicyPeerConfig(): ReturnType<PodsHandle['toNetworkPolicyPeerConfig']> {
    return { podSelector: this.toPodSelectorConfig() };
  }

  public toPodSelector(): PodsHandle {
    return this;
  }
}
