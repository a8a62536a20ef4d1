import type { Instance } from '../spec/instance';
import { ClashError } from './owned-names';

/** A port of the Service, and the port of the pod behind it. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** A port that a part adds; all of ours are TCP. */
export type AddedPort = Omit<ServicePort, 'protocol'>;

/** The ports of the Service. Ports that the user lists replace ours, but for those that are kept beside them. */
export class AgentService {
  private readonly added: ServicePort[] = [];
  private readonly kept: ServicePort[] = [];

  /** @param custom the user's own ports; `undefined` keeps those that parts add */
  public constructor(private readonly custom: readonly ServicePort[] | undefined) {}

  public addPort(owner: string, port: AddedPort): void {
    const other = this.added.find(({ name, port: number }) => name === port.name || number === port.port);
    if (other)
      throw new ClashError(`service port "${port.name}" (${port.port}) of part "${owner}" meets port "${other.name}" (${other.port})`);
    this.added.push({ ...port, protocol: 'TCP' });
  }

  /** Adds a port that stays beside those that the user lists, unless one of these has its name or number. */
  public addKeptPort(owner: string, port: AddedPort): void {
    this.addPort(owner, port);
    this.kept.push({ ...port, protocol: 'TCP' });
  }

  public get ports(): readonly ServicePort[] {
    const { custom } = this;
    if (custom === undefined) return this.added;
    const free = this.kept.filter((ours) => !custom.some(({ name, port }) => name === ours.name || port === ours.port));
    return free.length === 0 ? custom : [...custom, ...free];
  }
}

/** The ports that the user lists, complete; `undefined` where there are none. */
export function customPorts(spec: Instance['spec']): ServicePort[] | undefined {
  const { ports = [] } = spec.networking.service;
  if (ports.length === 0) return undefined;
  return ports.map(({ name, port, targetPort, protocol }) => ({ name, port, targetPort: targetPort ?? port, protocol }));
}
