import { OwnedNames } from './owned-names';
import type { AgentPod } from './pod';

/** A claim that each replica gets a copy of, in wire form. */
export interface ClaimTemplate {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/** How a new revision of the pod replaces the old one, in wire form. */
export interface UpdateStrategy {
  readonly type: 'RollingUpdate' | 'OnDelete';
  readonly rollingUpdate?: { readonly partition: number };
}

/** The fields of the StatefulSet around the pod. */
export interface WorkloadFields {
  /** Missing where somebody else decides. */
  readonly replicas?: number;
  readonly updateStrategy: UpdateStrategy;
  /** Missing where there are none. */
  readonly volumeClaimTemplates?: readonly ClaimTemplate[];
}

/** The StatefulSet around the pod: how many there are, who decides that, what each one gets of its own. */
export class AgentWorkload {
  private readonly templates: ClaimTemplate[] = [];
  private readonly templateNames = new OwnedNames('claim template');
  private readonly deciders = new OwnedNames('decision on replicas');
  private strategy: UpdateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  private fixed: number | undefined;
  private isScaledElsewhere = false;

  public constructor(private readonly pod: Pick<AgentPod, 'reserveVolume'>) {}

  /** So many pods, whoever else decides: none while the instance is suspended, or its volume is needed elsewhere. The last word counts. */
  public fix(replicas: number): void {
    this.fixed = replicas;
  }

  /** Leaves the number of pods to somebody else, an autoscaler: the field is then not written at all. */
  public scaleElsewhere(owner: string): void {
    this.deciders.claim('replicas', owner);
    this.isScaledElsewhere = true;
  }

  /**
   * Gives each pod a claim of its own, and the volume of that name with it. Templates of a StatefulSet cannot be changed later. The claims stay
   * when their pods go, so they are guarded like any other.
   */
  public addClaimTemplate(owner: string, template: ClaimTemplate): void {
    this.templateNames.claim(template.metadata.name, owner);
    this.pod.reserveVolume(owner, template.metadata.name);
    this.templates.push(template);
  }

  /** Names of the claims that each pod has of its own. */
  public get claimTemplates(): readonly string[] {
    return this.templates.map(({ metadata }) => metadata.name);
  }

  /** Whether each pod has a claim of its own by this name. */
  public hasClaimTemplate(name: string): boolean {
    return this.claimTemplates.includes(name);
  }

  /** @default - a rolling update of all pods */
  public setUpdateStrategy(strategy: UpdateStrategy): void {
    this.strategy = strategy;
  }

  /** How many pods there are to be; `undefined` where somebody else decides. */
  public get replicas(): number | undefined {
    return this.fixed ?? (this.isScaledElsewhere ? undefined : 1);
  }

  public render(): WorkloadFields {
    const { replicas } = this;
    return {
      ...(replicas !== undefined && { replicas }),
      updateStrategy: this.strategy,
      ...(this.templates.length > 0 && { volumeClaimTemplates: this.templates }),
    };
  }
}
