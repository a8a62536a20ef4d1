import type { OpenClawSelfConfigSpec } from '../../../constructs';
import { SelfConfigLoop, type SelfConfigLoopOptions } from '../../../controller/process/self-config-loop';
import { POLICY_NAME, admissionPolicies, admissionPolicyBindings } from '../../../controller/self-config/policy-reader';
import type { LiveRequest } from '../../../controller/self-config/request';
import { createLog } from '../../../controller/objects/log';
import type { KubeObject, LiveInstance } from '../../../controller/objects/objects';
import { type Modifier, withSpec } from '../../builders';
import { settle } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { World, create, stopAll } from '../world';

export const ALL = ['skills', 'config', 'workspaceFiles', 'envVars'] as const;

/** An instance whose agent may ask for anything, or for what is listed. */
export function mayAsk(...allowedActions: (typeof ALL)[number][]): Modifier {
  return withSpec({ selfConfigure: { enabled: true, allowedActions: allowedActions.length > 0 ? allowedActions : [...ALL] } });
}

export function aRequest(name: string, change: Partial<OpenClawSelfConfigSpec>, metadata: object = {}): LiveRequest {
  const spec = { instanceRef: 'alice', ...change };
  return {
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawSelfConfig',
    metadata: { name, namespace: 'team-a', ...metadata },
    spec,
  } as LiveRequest;
}

/** The admission policy, as an administrator installed it long ago. */
export function guard(api: FakeApi): void {
  for (const kind of [admissionPolicies, admissionPolicyBindings]) {
    api.seed({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: POLICY_NAME, creationTimestamp: '2025-01-01T00:00:00Z' } });
  }
}

/** A controller that works on instances and on requests. */
export class Asking {
  private constructor(
    public readonly world: World,
    public loop: SelfConfigLoop,
  ) {}

  /** @param prepare what is in the cluster before it starts. @default - alice, whose agent may ask for anything, and the policy */
  public static async start(
    prepare: (api: FakeApi) => unknown = (api) => (guard(api), create(api, mayAsk())),
    options: Partial<SelfConfigLoopOptions> = {},
  ): Promise<Asking> {
    const world = await World.start(prepare);
    const asking = new Asking(world, loopOf(world, options));
    await asking.begin();
    return asking;
  }

  /** Another process takes over, which knows nothing of what this one did. */
  public async restart(): Promise<void> {
    await this.loop.stop();
    this.loop = loopOf(this.world);
    await this.begin();
  }

  public async begin(): Promise<void> {
    await this.loop.start();
    await this.loop.lead();
    await this.settle();
  }

  public async ask(name: string, change: Partial<OpenClawSelfConfigSpec>): Promise<LiveRequest> {
    this.world.api.seed(aRequest(name, change), 'agent');
    await this.settle();
    return this.request(name);
  }

  public request(name: string): LiveRequest {
    return this.world.api.get('OpenClawSelfConfig', name) as LiveRequest;
  }

  public async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      const before = this.world.api.requests.length;
      await this.loop.settled();
      await this.world.settle();
      await settle();
      quiet = this.world.api.requests.length === before ? quiet + 1 : 0;
    }
  }

  public async advance(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    await this.settle();
  }

  /** What a mounted file of the agent says. */
  public config(): { readonly [field: string]: unknown } {
    const map = this.world.api.get('ConfigMap', 'alice-config') as KubeObject & { data: Record<string, string> };
    return JSON.parse(map.data['openclaw.json'] ?? '') as { readonly [field: string]: unknown };
  }

  /** Variables of the agent in the pod, as `NAME=value`, without those that are always there. */
  public env(): string[] {
    const { spec } = this.world.api.get('StatefulSet', 'alice') as unknown as {
      spec: { template: { spec: { containers: { name: string; env?: { name: string; value?: string }[] }[] } } };
    };
    const [agent] = spec.template.spec.containers.filter(({ name }) => name === 'openclaw');
    return (agent?.env ?? []).filter(({ name }) => name.startsWith('MY_')).map(({ name, value = '' }) => `${name}=${value}`);
  }
}

const running: Asking[] = [];

/** A controller that {@link endAll} ends. */
export async function started(...args: Parameters<typeof Asking.start>): Promise<Asking> {
  const one = await Asking.start(...args);
  running.push(one);
  return one;
}

/** For `afterEach`. */
export async function endAll(): Promise<void> {
  await Promise.all(running.splice(0).map(({ loop }) => loop.stop()));
  await stopAll();
}

export function specOf({ world }: Asking): LiveInstance['spec'] & object {
  return world.instance.spec ?? {};
}

/** A change that shows in the pod. */
export const MINE = { addEnvVars: [{ name: 'MY_A', value: '1' }] };

function loopOf({ api, clock, loop, lines }: World, options: Partial<SelfConfigLoopOptions> = {}): SelfConfigLoop {
  const log = createLog(
    (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    () => clock.now(),
  );
  return new SelfConfigLoop({ api, clock, log, facts: loop.facts, ...options });
}
