import type { OpenClawInstanceSpec } from '../../../constructs';
import { type KubeObject, ok } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { testApi } from '../parts';
import { type RunningController, type StartOptions, startController } from './controller';
import { instance, removeNamespaces, waitForReady } from './instances';

/** A controller with the rights that we ship, and the namespaces in which its instances are. */
export class Bed {
  public readonly api = testApi();
  private readonly namespaces: string[] = [];
  private started: RunningController | undefined;

  public constructor(private readonly options: StartOptions) {}

  /** The one that was made last. */
  public get namespace(): string {
    const last = this.namespaces.at(-1);
    if (last === undefined) throw new Error('no namespace is made yet');
    return last;
  }

  public get running(): RunningController {
    if (this.started === undefined) throw new Error('no controller is started yet');
    return this.started;
  }

  public async start(): Promise<void> {
    this.started = await startController(this.api, this.options);
  }

  public async makeNamespace(): Promise<void> {
    this.namespaces.push(await createNamespace(this.api));
  }

  public async apply(spec: OpenClawInstanceSpec = {}, name = 'alice'): Promise<KubeObject> {
    const object = instance(this.namespace, name, spec);
    ok(await this.api.apply(object));
    return object;
  }

  /** Applies it and waits for its pods; returns what the server has then. */
  public async ready(spec: OpenClawInstanceSpec = {}, name = 'alice'): Promise<KubeObject> {
    return waitForReady(this.api, await this.apply(spec, name));
  }

  /** No instance is left when the controller ends. */
  public async end(): Promise<void> {
    await removeNamespaces(this.api, this.namespaces);
    await this.started?.stop();
  }
}

/** One controller for all tests of a `describe`, which share a namespace or have one each. Called in the `describe`, since it adds hooks. */
export function bedWithNamespace(whose: 'of-all' | 'of-each', options: StartOptions = {}): Bed {
  const bed = new Bed(options);
  beforeAll(async () => {
    await installCrds(bed.api);
    if (whose === 'of-all') await bed.makeNamespace();
    await bed.start();
  }, 60_000);
  if (whose === 'of-each') beforeEach(() => bed.makeNamespace());
  afterAll(() => bed.end(), 120_000);
  return bed;
}
