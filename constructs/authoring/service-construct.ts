import type { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { AgentService } from '../hosts/service';

export interface ServiceConstructProps {
  /** The Service itself, which the engine renders. */
  readonly object: ApiObject;
  readonly ports: AgentService;
}

/**
 * The Service of an instance as a `kplus.Service`: a backend for an `Ingress` or whatever else takes one.
 *
 * Loads cdk8s-plus-28: require this file, do not import it.
 */
export class ServiceConstruct extends kplus.Service {
  protected override readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceConstructProps,
  ) {
    super(scope, id, { metadata: { name: props.object.name } });
    // The base class has made an object of its own. The engine's is the one to render.
    this.node.tryRemoveChild('Resource');
    this.node.defaultChild = props.object;
    this.apiObject = props.object;
  }

  /** The gateway comes first. */
  public override get ports(): kplus.ServicePort[] {
    return this.props.ports.ports.map(({ name, port, targetPort, protocol }) => ({
      name,
      port,
      targetPort,
      protocol: kplus.Protocol[protocol],
    }));
  }

  public override get port(): number {
    const [first] = this.ports;
    if (first === undefined) throw new Error(`service "${this.name}" has no ports: add one before asking for it`);
    return first.port;
  }

  /** Adds a port. It needs a name, as every Service with more than one port does. */
  public override bind(port: number, { name, targetPort = port, protocol = kplus.Protocol.TCP }: kplus.ServiceBindOptions = {}): void {
    if (name === undefined) throw new Error(`port ${port} of service "${this.name}" needs a name: bind(${port}, { name: '...' })`);
    if (protocol !== kplus.Protocol.TCP) throw new Error(`port "${name}" is ${protocol}: list it in networking.service.ports`);
    this.props.ports.addPort(this.node.path, { name, port, targetPort });
    if (!this.ports.some((added) => added.name === name)) {
      throw new Error(`port "${name}" is lost: networking.service.ports lists all ports of service "${this.name}", add it there`);
    }
  }

  /** Routes `path` to the gateway. */
  public override exposeViaIngress(path: string, options: kplus.ExposeServiceViaIngressOptions = {}): kplus.Ingress {
    const ingress = options.ingress ?? new kplus.Ingress(this, 'Ingress');
    ingress.addRule(path, kplus.IngressBackend.fromService(this, { port: this.port }), options.pathType);
    return ingress;
  }

  public override select(): void {
    throw new Error(`service "${this.name}" selects the pods of its instance: make another Service for other pods`);
  }

  public override selectLabel(): void {
    this.select();
  }
}
