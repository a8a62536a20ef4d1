import { type Facts, type Manifest, render, resolve } from '../../../constructs';
import { labels } from '../../../constructs/wire/names';
import { type Api, type KubeObject, ok } from '../api';
import { RULES } from './specs';

/** What the server, the scheduler and the controllers of the cluster choose, wherever it stands. */
const CHOSEN = /^(?:clusterIPs?|volumeName|nodePort|healthCheckNodePort|creationTimestamp|openclaw\.rocks\/secret-hash)$/;

/** Marks of the owner, which only an apply in the cluster gives; and of the cluster's own controllers. */
const MARKS = /^(?:openclaw\.rocks\/instance-(?:name|uid)|(?:pv|volume(?:\.beta)?)\.kubernetes\.io\/.*)$/;

/** By `Kind name`: an object as it is meant, without what is chosen anew each time. */
type Pictures = ReadonlyMap<string, string>;

/** Where live objects of instances differ from what `synth` makes of their specs today, in words; none where all are the same. */
export class FreshSynth {
  /** @param scratch an empty namespace, in which the server is asked what it would make of manifests */
  public constructor(
    private readonly api: Api,
    private readonly namespace: string,
    private readonly scratch: string,
  ) {}

  /** @param objects everything of the kinds that we make in the namespace of the instance */
  public async differences(live: KubeObject, objects: readonly KubeObject[]): Promise<string[]> {
    const name = live.metadata.name ?? '';
    const { manifests, secrets } = await this.rendered(live);
    const wanted = await this.wantedPictures(manifests);
    const ours = objects.filter(({ metadata }) => metadata.labels?.[labels.instance] === name);
    const found = this.pictures(ours.filter(({ kind }) => kind !== 'Secret'));
    const names = new Set(ours.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const missing = [...wanted.keys(), ...secrets].filter((one) => !names.has(one)).map((one) => `${name}: there is no ${one}`);
    // Data stay when a feature goes.
    const extra = [...found.keys()].filter((one) => !wanted.has(one) && !/^(?:PersistentVolumeClaim|Job) /.test(one));
    const other = [...wanted].filter(([one, picture]) => found.has(one) && found.get(one) !== picture);
    return [
      ...missing,
      ...extra.map((one) => `${name}: ${one} is there, and nothing asks for it`),
      ...other.map(([one, picture]) => `${name}: ${one} is\n${found.get(one)}\nand not\n${picture}`),
    ];
  }

  private async rendered(live: KubeObject): Promise<{ readonly manifests: readonly Manifest[]; readonly secrets: readonly string[] }> {
    const rules = ok(await this.api.get({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: RULES, namespace: this.namespace } }));
    const facts: Facts = { configMaps: new Map([[RULES, { data: rules['data'] }]]) };
    const { name = '', annotations = {} } = live.metadata;
    const written = { ...live, metadata: { name, namespace: this.namespace, annotations }, status: undefined };
    const resolution = resolve(written, facts);
    if (!resolution.ok) throw new Error(`${name} does not resolve: ${JSON.stringify(resolution.issues)}`);
    const secrets = resolution.references.filter(({ generate }) => generate).map((secret) => `Secret ${secret.name}`);
    return { manifests: render(resolution.instance), secrets };
  }

  /** What the server makes of manifests in an empty namespace: all its defaults, and nothing of a past. */
  private async wantedPictures(manifests: readonly Manifest[]): Promise<Pictures> {
    const made = await Promise.all(
      manifests.map(async (manifest) => {
        const text = JSON.stringify(manifest).replaceAll(this.namespace, this.scratch);
        return ok(await this.api.create(JSON.parse(text) as KubeObject, { dryRun: true }));
      }),
    );
    return this.pictures(made);
  }

  private pictures(objects: readonly KubeObject[]): Pictures {
    return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, this.picture(object)]));
  }

  private picture({ metadata, status: _status, ...content }: KubeObject): string {
    const kept = { ...content, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
    const text = JSON.stringify(sorted(kept), undefined, 1);
    return text.replaceAll(this.scratch, this.namespace);
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !CHOSEN.test(key) && !MARKS.test(key));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
