import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { clusterDefaults, instance, selfConfig, type Document } from './documents';

/** A document that breaks one rule of the CRDs: where the server puts the error, and a part of what it says. */
export interface Refused {
  readonly title: string;
  readonly document: Document;
  /** Field path of the error; empty when the rule stands at the object's root. */
  readonly path: string;
  /** A part of the rule's message. */
  readonly says: string;
}

/** A row of refused.yaml. */
interface Row {
  readonly title: string;
  /** Name of the object, where it matters. */
  readonly name?: string;
  readonly spec: object;
  readonly path: string;
  readonly says: string;
}

interface Table {
  readonly OpenClawInstance: readonly Row[];
  readonly OpenClawSelfConfig: readonly Row[];
  readonly OpenClawClusterDefaults: readonly Row[];
}

const table: Table = parse(readFileSync(join(__dirname, 'refused.yaml'), 'utf8'));

const reservedContainers = 'openclaw init-config init-workspace init-pnpm init-python init-skills init-ollama';

const protectedVariables =
  'HOME PATH OPENCLAW_GATEWAY_TOKEN OPENCLAW_INSTANCE_NAME OPENCLAW_NAMESPACE OPENCLAW_DISABLE_BONJOUR CHROMIUM_URL OLLAMA_HOST TS_AUTHKEY TS_HOSTNAME TS_SOCKET NODE_EXTRA_CA_CERTS NPM_CONFIG_CACHE NPM_CONFIG_IGNORE_SCRIPTS';

function reserved(name: string): Refused {
  const document = instance({ initContainers: [{ name, image: 'example.test/x:1' }] });
  return { title: `${name} in initContainers`, document, path: 'spec.initContainers[0].name', says: 'this name is reserved' };
}

function protectedVariable(name: string): Refused {
  const document = selfConfig({ addEnvVars: [{ name, value: '' }] });
  return { title: `the variable ${name}`, document, path: 'spec.addEnvVars[0].name', says: 'this variable is protected' };
}

/** Those that only have a name of which our rules do not approve. */
export const renamed: readonly Refused[] = [
  ...table.OpenClawInstance.filter(({ name }) => name !== undefined).map(({ spec, name, ...row }) => ({
    ...row,
    document: instance(spec, name),
  })),
  ...table.OpenClawClusterDefaults.map(({ spec, name, ...row }) => ({ ...row, document: clusterDefaults(spec, name) })),
];

/** Every rule of the CRDs that a new document can break, each with documents that break it. */
export const refused: readonly Refused[] = [
  ...table.OpenClawInstance.map(({ spec, name, ...row }) => ({ ...row, document: instance(spec, name) })),
  ...table.OpenClawSelfConfig.map(({ spec, ...row }) => ({ ...row, document: selfConfig(spec) })),
  ...table.OpenClawClusterDefaults.map(({ spec, name, ...row }) => ({ ...row, document: clusterDefaults(spec, name) })),
  ...reservedContainers.split(' ').map(reserved),
  ...protectedVariables.split(' ').map(protectedVariable),
];
