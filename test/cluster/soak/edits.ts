import type { OpenClawInstanceSpec } from '../../../constructs';
import { type Answer, type Api, type KubeObject, ok } from '../api';
import { instance, objectsIn } from '../controller/instances';
import { patient } from '../../patience/patience.cjs';
import { waitUntil } from '../api';
import { size } from '../../long';
import type { Chance } from './chance';
import { KEYS, RULES, invalidSpec, randomSpec } from './specs';

/** What a person or another program may do to one of them. */
type Edit = (name: string) => Promise<unknown>;

/** Kinds that come again by themselves when somebody deletes them; a claim takes its data along. */
const DELETABLE = /^(?:Service|ConfigMap|StatefulSet|NetworkPolicy|Role|RoleBinding|ServiceAccount|PodDisruptionBudget|Ingress)$/;

/** How others spoil fields of ours, by the kind. What they add beside them stays theirs. */
const SPOILT: Readonly<Record<string, (object: KubeObject) => object>> = {
  Service: () => ({ spec: { selector: { app: 'other' } } }),
  ConfigMap: ({ data = {} }) => ({ data: Object.fromEntries(Object.keys(data as object).map((key) => [key, 'spoilt'])) }),
  StatefulSet: () => ({ spec: { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 1 } } } }),
  NetworkPolicy: () => ({ spec: { egress: [] } }),
  Role: () => ({ rules: [] }),
  PodDisruptionBudget: () => ({ spec: { maxUnavailable: 0 } }),
};

/** Instances in one namespace, and whoever edits them at random: users, and programs that do not mind whose an object is. */
export class RandomEdits {
  /** What was done, by its sort. */
  public readonly done = new Map<string, number>();

  public constructor(
    private readonly api: Api,
    private readonly chance: Chance,
    private readonly namespace: string,
    private readonly names: readonly string[],
  ) {}

  /** Makes every instance, and what they refer to. */
  public async begin(): Promise<void> {
    for (const kind of ['Secret', 'ConfigMap']) await this.rotate(kind);
    await Promise.all(this.names.map((name) => this.write(name, randomSpec(this.chance, name))));
  }

  /** Does something to some instance. */
  public async one(): Promise<void> {
    const edits: readonly (readonly [share: number, what: string, edit: Edit])[] = [
      [10, 'spec', (name) => this.write(name, randomSpec(this.chance, name))],
      [1, 'invalid spec', (name) => this.write(name, invalidSpec)],
      [2, 'deletion', (name) => this.remove(name)],
      [2, 'object deleted', () => this.deleteObject()],
      [2, 'object spoilt', () => this.spoilObject()],
      [1, 'Secret or ConfigMap changed', () => this.rotate(this.chance.of(['Secret', 'ConfigMap']))],
    ];
    const all = edits.flatMap(([share, ...edit]) => Array.from({ length: share }, () => edit));
    const [what, edit] = this.chance.of(all);
    await edit(this.chance.of(this.names));
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  /** Sees to it that every instance is there, with a spec that everybody takes. */
  public async end(): Promise<void> {
    await Promise.all(this.names.map((name) => this.write(name, randomSpec(this.chance, name))));
  }

  public get objects(): readonly KubeObject[] {
    return this.names.map((name) => instance(this.namespace, name));
  }

  /** Of an instance that is on its way out a new one is made when it is gone. */
  private async write(name: string, spec: OpenClawInstanceSpec): Promise<void> {
    const one = instance(this.namespace, name, spec);
    const object = { ...one, metadata: { ...one.metadata, annotations: { 'openclaw.rocks/confirm-deletion': 'true' } } };
    await persistently(() => this.api.apply(object, { force: true }));
  }

  private async remove(name: string): Promise<void> {
    await persistently(() => this.api.delete(instance(this.namespace, name)), 404);
    // The next write must not meet it: an apply to what is being deleted is lost with it.
    await waitUntil(
      `the end of ${name}`,
      () => persistently(() => this.api.get(instance(this.namespace, name)), 404),
      ({ status }) => status === 404,
      size(60_000, 600_000),
    );
  }

  private async deleteObject(): Promise<void> {
    const object = await this.someObject((kind) => DELETABLE.test(kind));
    if (object) await persistently(() => this.api.delete(object), 404);
  }

  private async spoilObject(): Promise<void> {
    const object = await this.someObject((kind) => Object.hasOwn(SPOILT, kind));
    const spoilt = object && SPOILT[object.kind]?.(object);
    if (spoilt) await persistently(() => this.api.patch(object, spoilt), 404, 422);
  }

  private async someObject(is: (kind: string) => boolean): Promise<KubeObject | undefined> {
    const all = await untilAnswered(() => objectsIn(this.api, this.namespace));
    const ours = all.filter(({ kind, metadata }) => is(kind) && metadata.name !== RULES);
    return ours.length > 0 ? this.chance.of(ours) : undefined;
  }

  private async rotate(kind: string): Promise<void> {
    const [name, key] = kind === 'Secret' ? [KEYS, 'stringData'] : [RULES, 'data'];
    const text = String(this.chance.below(1000));
    const content = kind === 'Secret' ? { API_KEY: text } : { 'TOOLS.md': `# Tools\n${text}\n` };
    const object = { apiVersion: 'v1', kind, metadata: { name, namespace: this.namespace }, [key]: content };
    await persistently(() => this.api.apply(object, { force: true }));
  }
}

/** Asks until the server is there: it is not what is tested. Of its refusals only these are an answer. */
async function persistently(ask: () => Promise<Answer>, ...taken: readonly number[]): Promise<Answer> {
  return untilAnswered(async () => {
    const answer = await ask();
    if (!taken.includes(answer.status)) ok(answer);
    return answer;
  });
}

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + patient(60_000);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
