import {
  type ConfigMapFact,
  type Facts,
  type Issue,
  type OpenClawClusterDefaultsSpec,
  admitClusterDefaults,
  admitSelfConfig,
} from '../../constructs';
import { quote } from '../../constructs/schema/quote';
import { similarName } from '../../constructs/schema/similar-name';
import { POLICY, type Policy, readPolicy } from '../../constructs/spec/policy';
import { pathSteps } from './field-path';
import { DocumentReader, type FileIssue, type Note, type SourceDocument } from './read-documents';

const GROUP = 'openclaw.rocks/';
const API_VERSION = `${GROUP}v1alpha1`;

const KINDS = ['OpenClawInstance', 'OpenClawClusterDefaults', 'OpenClawSelfConfig'];

/** A namespace becomes part of a file name and of the commands that are printed, so nothing else may stand there. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** An issue with the place in the file where it is. */
export interface LocatedIssue extends Issue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function locateIssue(document: SourceDocument, issue: Issue): LocatedIssue {
  return { ...issue, file: document.file, ...document.locate(pathSteps(issue.path)) };
}

function fileIssue({ file, line, column, message }: FileIssue): LocatedIssue {
  return { file, line, column, path: '', rule: 'file', severity: 'error', message };
}

function documentError(document: SourceDocument, path: string, message: string): LocatedIssue {
  return locateIssue(document, { path, rule: 'file', severity: 'error', message });
}

/** What to say of metadata that give no name. */
function nameless(metadata: unknown): string {
  const name: unknown = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : undefined;
  const isGiven = name !== undefined && name !== null && name !== '';
  return isGiven ? 'must be a text; put it in quotes' : 'is missing: give the object a name, as text';
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function isPolicy({ apiVersion, kind, name }: SourceDocument): boolean {
  return apiVersion === 'v1' && kind === 'ConfigMap' && name === POLICY.name;
}

function isInstance({ apiVersion, kind }: SourceDocument): boolean {
  return apiVersion === API_VERSION && kind === 'OpenClawInstance';
}

/** Where an object stands, for messages. */
function place({ file, line }: SourceDocument): string {
  return `${file}:${line}`;
}

/** Everything that files say: instances, and the facts about them. */
export interface Inputs {
  readonly instances: readonly SourceDocument[];
  /** Instances that cannot be told from others by their name and namespace, or have none that can be: nothing but their specs can be checked. */
  readonly misnamed: readonly SourceDocument[];
  /** What is wrong with the files as such. Instances have issues of their own. */
  readonly issues: readonly LocatedIssue[];
  /** How many objects of ours that are no instances were checked. */
  readonly others: number;
  /** What is left out: objects that nothing is made of, and files of others. */
  readonly notes: readonly Note[];
  /** The facts for an instance in this namespace. */
  facts(namespace: string | undefined): Facts;
  /** Whether a Secret of this name stands among the files. Its content is not kept. */
  hasSecret(namespace: string | undefined, name: string): boolean;
}

class InputCollector implements Inputs {
  public readonly instances: SourceDocument[] = [];
  public readonly misnamed: SourceDocument[] = [];
  public readonly issues: LocatedIssue[] = [];
  public readonly notes: Note[] = [];
  public others = 0;
  private readonly configMaps = new Map<string | undefined, Map<string, ConfigMapFact>>();
  private readonly secrets = new Set<string>();
  private readonly seen = new Map<string, SourceDocument>();
  private policy: Policy | undefined;
  private clusterDefaults: { document: SourceDocument; spec: OpenClawClusterDefaultsSpec } | undefined;

  public facts(namespace: string | undefined): Facts {
    return {
      configMaps: this.configMaps.get(namespace) ?? new Map(),
      ...(this.clusterDefaults && { clusterDefaults: this.clusterDefaults.spec }),
      ...(this.policy && { policy: this.policy }),
    };
  }

  public hasSecret(namespace: string | undefined, name: string): boolean {
    return this.secrets.has(`${namespace ?? ''}/${name}`);
  }

  /** @param namespace the one that was asked for, if any */
  public add(written: SourceDocument, namespace: string | undefined): void {
    const { apiVersion, kind } = written;
    const isOurs = apiVersion.startsWith(GROUP) || similarName(kind, KINDS) !== undefined;
    const isFact = apiVersion === 'v1' && (kind === 'ConfigMap' || kind === 'Secret');
    if (!isOurs && !isFact) {
      this.leaveOut(written);
      return;
    }
    // The policy is about all namespaces, and stands in that of the controller.
    const document = isPolicy(written) ? written : this.placed(written, namespace);
    if (document === undefined) return;
    if (isOurs) this.addOurs(document);
    else if (kind === 'ConfigMap') this.addConfigMap(document);
    else this.secrets.add(`${document.namespace ?? ''}/${document.name}`);
  }

  private leaveOut({ file, line, kind, name }: SourceDocument): void {
    this.notes.push({ file, line, column: 1, message: `${kind} ${name} is left out: nothing is made of it` });
  }

  /** The object in the namespace that was asked for; `undefined`, and an issue, for one that says another, as with kubectl. */
  private placed(document: SourceDocument, namespace: string | undefined): SourceDocument | undefined {
    if (namespace === undefined || document.kind === 'OpenClawClusterDefaults' || document.namespace === namespace) return document;
    if (document.namespace === undefined) return inNamespace(document, namespace);
    const message = `is ${quote(document.namespace)}, and the namespace that was asked for is "${namespace}": leave out -n, or give the same`;
    this.fail(document, 'metadata.namespace', message);
    if (isInstance(document)) this.misnamed.push(document);
    return undefined;
  }

  private addOurs(document: SourceDocument): void {
    const { apiVersion, kind } = document;
    if (apiVersion !== API_VERSION) {
      this.fail(document, 'apiVersion', `${quote(apiVersion)} is not the API version of ${quote(kind)}: write ${API_VERSION}`);
    } else if (!KINDS.includes(kind)) {
      const meant = similarName(kind, KINDS);
      this.fail(
        document,
        'kind',
        `"${kind}" is not a kind of ${API_VERSION}: ${meant ? `did you mean ${meant}?` : `use ${KINDS.join(', ')}`}`,
      );
    } else if (this.hasName(document) && this.isFirst(document)) {
      if (isInstance(document)) this.instances.push(document);
      else this.addOther(document);
    } else if (isInstance(document)) this.misnamed.push(document);
  }

  private fail(document: SourceDocument, path: string, message: string): void {
    this.issues.push(documentError(document, path, message));
  }

  private hasName(document: SourceDocument): boolean {
    const { name, namespace } = document;
    if (name === '') this.fail(document, 'metadata.name', nameless(document.value['metadata']));
    else if (namespace !== undefined && !NAMESPACE.test(namespace)) {
      this.fail(document, 'metadata.namespace', `${quote(namespace)} cannot be a namespace: use lower-case letters, digits and '-'`);
    } else return true;
    return false;
  }

  private isFirst(document: SourceDocument): boolean {
    // Of a kind that has no namespaces, one that is written all the same parts nothing.
    const namespace = document.kind === 'OpenClawClusterDefaults' ? undefined : document.namespace;
    const key = `${document.kind}/${namespace ?? ''}/${document.name}`;
    const other = this.seen.get(key);
    if (other === undefined) {
      this.seen.set(key, document);
      return true;
    }
    this.fail(document, 'metadata.name', `"${document.name}" stands at ${place(other)} too: names must differ in one namespace`);
    return false;
  }

  private addConfigMap(document: SourceDocument): void {
    if (!this.isFirst(document)) return;
    const data = this.texts(document, 'data');
    const binaryData = this.texts(document, 'binaryData');
    const maps = this.configMaps.get(document.namespace) ?? new Map<string, ConfigMapFact>();
    if (isPolicy(document)) this.policy = readPolicy(data[POLICY.key] ?? '');
    maps.set(document.name, { data, ...(Object.keys(binaryData).length > 0 && { binaryData }) });
    this.configMaps.set(document.namespace, maps);
  }

  /** A map of texts, as ConfigMaps have them; anything else in it is an issue and left out. */
  private texts(document: SourceDocument, field: 'data' | 'binaryData'): Record<string, string> {
    const value = document.value[field] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.fail(document, field, 'must be a mapping from keys to texts');
      return {};
    }
    const entries = Object.entries(value);
    for (const [key] of entries.filter((entry) => !isText(entry)))
      this.fail(document, `${field}[${key}]`, 'must be a text: put it in quotes');
    return Object.fromEntries(entries.filter(isText));
  }

  /** An object of ours that is no instance: it is checked for what it is. */
  private addOther(document: SourceDocument): void {
    this.others += 1;
    if (document.kind === 'OpenClawSelfConfig') {
      this.report(document, admitSelfConfig(document.value));
      return;
    }
    const { spec, issues } = admitClusterDefaults(document.value);
    this.report(document, issues);
    this.clusterDefaults = { document, spec };
  }

  private report(document: SourceDocument, issues: readonly Issue[]): void {
    for (const issue of issues) this.issues.push(locateIssue(document, issue));
  }
}

/**
 * Reads files and folders.
 *
 * @param namespace for objects that name none; one that names another is an issue, as with `kubectl -n`
 * @param onDocument called after each document with how many were read
 */
export function readInputs(paths: readonly string[], namespace?: string, onDocument?: (read: number) => void): Inputs {
  const reader = new DocumentReader(onDocument);
  for (const path of paths) reader.read(path);
  const inputs = new InputCollector();
  for (const issue of reader.issues) inputs.issues.push(fileIssue(issue));
  for (const note of reader.notes) inputs.notes.push(note);
  for (const document of reader.documents) inputs.add(document, namespace);
  return inputs;
}

function inNamespace(document: SourceDocument, namespace: string): SourceDocument {
  const metadata = { ...(document.value['metadata'] as object | undefined), namespace };
  return { ...document, namespace, value: { ...document.value, metadata } };
}
