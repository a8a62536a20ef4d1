import type { Instance } from '../spec/instance';
import { inRegistry } from '../wire/image';
import { type ContainerHardening, hardened } from '../wire/security-context';
import { jobLabels } from '../wire/names';
import { type OwnContainer, type PodVolume, withShared } from './container';
import type { AgentPod } from './pod';
import { podSurroundings } from './surroundings';

/** A container of a job. Its image is written as upstream names it; the registry of the instance is put in front. */
export interface JobContainer extends OwnContainer {
  /** How far it is let loose. @default - as hardened as any container of ours */
  readonly hardening?: ContainerHardening;
}

/** A pod that runs beside the StatefulSet and ends: that of a Job or a CronJob. */
export interface JobPod {
  /** What it is for, in one word: `backup`. It stands in a label. */
  readonly jobType: string;
  readonly containers: readonly JobContainer[];
  /** @default - none */
  readonly initContainers?: readonly JobContainer[];
  /** @default - none but those that every container of ours has mounted */
  readonly volumes?: readonly PodVolume[];
  /** @default 'Never' */
  readonly restartPolicy?: 'Never' | 'OnFailure';
  /** @default - that of the namespace, without a token */
  readonly serviceAccountName?: string | undefined;
  /** In wire form, in place of that of the agent's pod. @default - that of the agent's pod */
  readonly affinity?: object | undefined;
}

/** Pods beside the StatefulSet. They get their CA bundle, registry, hardening and scheduling where the agent's pod gets them. */
export class AgentJobs {
  public constructor(
    private readonly instance: Instance,
    private readonly pod: AgentPod,
  ) {}

  /**
   * The template of a job's pod, in wire form. Call it at synthesis, when every part has said what all containers get.
   *
   * Its labels are not those by which the Service finds the agent.
   */
  public podTemplate(job: JobPod) {
    const { jobType, containers, initContainers = [], volumes = [], restartPolicy = 'Never', serviceAccountName, affinity } = job;
    const { spec } = this.instance;
    const { shared } = this.pod;
    return {
      metadata: { labels: jobLabels(this.instance, jobType) },
      spec: {
        ...podSurroundings(spec),
        ...(affinity !== undefined && { affinity }),
        ...(initContainers.length > 0 && { initContainers: initContainers.map((one) => this.container(one)) }),
        containers: containers.map((one) => this.container(one)),
        volumes: [...volumes, ...shared.flatMap((addition) => addition.volumes)],
        restartPolicy,
        serviceAccountName,
        // An account that is named is there for its identity at a cloud, whose token is a volume of its own.
        automountServiceAccountToken: false,
        enableServiceLinks: false,
      },
    };
  }

  private container({ hardening, image, ...rest }: JobContainer): OwnContainer {
    const own: OwnContainer = { ...rest, image: inRegistry(image, this.instance.spec.registry), securityContext: hardened(hardening) };
    return withShared(own, this.pod.shared);
  }
}
