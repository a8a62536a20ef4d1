import { type ConfigMapFact, type Facts, type Issue, type OpenClawClusterDefaultsSpec, admitClusterDefaults } from '../constructs';
import { pathSteps } from './field-path';
import { DocumentReader, type FileIssue, type SourceDocument } from './read-documents';

const GROUP = 'openclaw.rocks/';
const API_VERSION = `${GROUP}v1alpha1`;

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

/** Where an object stands, for messages. */
function place({ file, line }: SourceDocument): string {
  return `${file}:${line}`;
}

/** Everything that files say: instances, and the facts about them. */
export interface Inputs {
  readonly instances: readonly SourceDocument[];
  /** What is wrong with the files as such. Instances have issues of their own. */
  readonly issues: readonly LocatedIssue[];
  /** Objects that nothing is made of. */
  readonly ignored: readonly SourceDocument[];
  /** The facts for an instance in this namespace. */
  facts(namespace: string | undefined): Facts;
  /** Whether a Secret of this name stands among the files. Its content is not kept. */
  hasSecret(namespace: string | undefined, name: string): boolean;
}

class InputCollector implements Inputs {
  public readonly instances: SourceDocument[] = [];
  public readonly issues: LocatedIssue[] = [];
  public readonly ignored: SourceDocument[] = [];
  private readonly configMaps = new Map<string | undefined, Map<string, ConfigMapFact>>();
  private readonly secrets = new Set<string>();
  private readonly seen = new Map<string, SourceDocument>();
  private clusterDefaults: { document: SourceDocument; spec: OpenClawClusterDefaultsSpec } | undefined;

  public facts(namespace: string | undefined): Facts {
    return {
      configMaps: this.configMaps.get(namespace) ?? new Map(),
      ...(this.clusterDefaults && { clusterDefaults: this.clusterDefaults.spec }),
    };
  }

  public hasSecret(namespace: string | undefined, name: string): boolean {
    return this.secrets.has(`${namespace ?? ''}/${name}`);
  }

  public add(document: SourceDocument): void {
    const { apiVersion, kind } = document;
    if (apiVersion.startsWith(GROUP)) this.addOurs(document);
    else if (apiVersion === 'v1' && kind === 'ConfigMap') this.addConfigMap(document);
    else if (apiVersion === 'v1' && kind === 'Secret') this.secrets.add(`${document.namespace ?? ''}/${document.name}`);
    else this.ignored.push(document);
  }

  private addOurs(document: SourceDocument): void {
    const { apiVersion, kind } = document;
    if (apiVersion !== API_VERSION) {
      this.issues.push(documentError(document, 'apiVersion', `"${apiVersion}" is not known: write ${API_VERSION}`));
    } else if (kind === 'OpenClawInstance') {
      if (this.isFirst(document)) this.instances.push(document);
    } else if (kind === 'OpenClawClusterDefaults') {
      if (this.isFirst(document)) this.addClusterDefaults(document);
    } else if (kind === 'OpenClawSelfConfig') {
      this.ignored.push(document);
    } else {
      this.issues.push(documentError(document, 'kind', `"${kind}" is not a kind of ${API_VERSION}: did you mean OpenClawInstance?`));
    }
  }

  private isFirst(document: SourceDocument): boolean {
    const key = `${document.kind}/${document.namespace ?? ''}/${document.name}`;
    const other = this.seen.get(key);
    if (other === undefined) {
      this.seen.set(key, document);
      return true;
    }
    this.issues.push(
      documentError(document, 'metadata.name', `"${document.name}" stands at ${place(other)} too: names must differ in one namespace`),
    );
    return false;
  }

  private addConfigMap(document: SourceDocument): void {
    if (!this.isFirst(document)) return;
    const { data = {}, binaryData } = document.value as { data?: Record<string, string>; binaryData?: Record<string, string> };
    const maps = this.configMaps.get(document.namespace) ?? new Map<string, ConfigMapFact>();
    maps.set(document.name, { data, ...(binaryData && { binaryData }) });
    this.configMaps.set(document.namespace, maps);
  }

  private addClusterDefaults(document: SourceDocument): void {
    const { spec, issues } = admitClusterDefaults(document.value);
    this.issues.push(...issues.map((issue) => locateIssue(document, issue)));
    this.clusterDefaults = { document, spec };
  }
}

/** Reads files and folders. `namespace` is for objects that name none, as with `kubectl -n`. */
export function readInputs(paths: readonly string[], namespace?: string): Inputs {
  const reader = new DocumentReader();
  for (const path of paths) reader.read(path);
  const inputs = new InputCollector();
  inputs.issues.push(...reader.issues.map(fileIssue));
  for (const document of reader.documents) inputs.add(namespace === undefined ? document : inNamespace(document, namespace));
  return inputs;
}

function inNamespace(document: SourceDocument, namespace: string): SourceDocument {
  if (document.namespace !== undefined || document.kind === 'OpenClawClusterDefaults') return document;
  const metadata = { ...(document.value['metadata'] as object | undefined), namespace };
  return { ...document, namespace, value: { ...document.value, metadata } };
}
