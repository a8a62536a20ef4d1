import type { Construct } from 'constructs';
import { gatewayTokenSecrets } from '../../core/gateway/gateway';
import type { Hosts } from '../../hosts/hosts';
import type { RoleRule } from '../../hosts/role';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { fieldPath, warning } from '../../spec/issue';
import { asset } from '../../wire/assets';
import { containers } from '../../wire/names';

const GROUP = 'openclaw.rocks';

/** The program behind the helper: root-owned, so that what explains the rights of the agent is not changed by the agent. */
const PROGRAM = 'selfconfig.mjs';

/** What the agent finds in its workspace. */
const HELPER = 'selfconfig.sh';
const PAGE = 'SELFCONFIG.md';

/** Requests, of its own namespace; an admission policy lets an account make them for its own instance only. */
const REQUESTS: RoleRule = { apiGroups: [GROUP], resources: ['openclawselfconfigs'], verbs: ['create', 'get', 'list'] };

const INSTANCE: RoleRule = { apiGroups: [GROUP], resources: ['openclawinstances'], verbs: ['get'] };

const SECRETS: RoleRule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

/** Secrets whose whole content the agent has in its environment anyway. Of others it has single keys, or nothing. */
function ownSecrets(instance: Instance): string[] {
  const named = (instance.spec.envFrom ?? []).flatMap(({ secretRef }) => secretRef?.name ?? []);
  return [...new Set([...gatewayTokenSecrets(instance), ...named])].toSorted();
}

function rules(instance: Instance): RoleRule[] {
  const secrets = ownSecrets(instance);
  return [
    { ...INSTANCE, resourceNames: [instance.name] },
    REQUESTS,
    // Without names a rule would be about all Secrets.
    ...(secrets.length > 0 ? [{ ...SECRETS, resourceNames: secrets }] : []),
  ];
}

function bind({ pod, rbac, config, workspace }: Hosts, instance: Instance): void {
  pod.addEnv(
    'self-configure',
    { name: 'OPENCLAW_INSTANCE_NAME', value: instance.name },
    // Manifests may be made without a namespace; the pod knows it.
    { name: 'OPENCLAW_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
  );
  rbac.allow(...rules(instance));
  rbac.reachApiServer('self-configure', containers.agent);
  config.addProgram('self-configure', PROGRAM, asset(__dirname, PROGRAM));
  for (const path of [PAGE, HELPER]) workspace.addFile({ path, text: asset(__dirname, path), policy: 'overwrite' });
}

/** An empty list is safe, and useless: it is the usual mistake. */
const noActions: Check = function* ({ spec }) {
  if ((spec.selfConfigure.allowedActions ?? []).length > 0) return;
  yield warning(
    'spec.selfConfigure.allowedActions',
    'self-configure/no-actions',
    'is empty, so every request of the agent is denied: list what it may change (skills, config, workspaceFiles, envVars)',
  );
};

const FILES = ['spec', 'workspace', 'initialFiles'];

/** A file of the user keeps its place. */
const ownFile: Check = function* (_input, { workspace }) {
  const [main] = workspace.contents;
  for (const file of main?.files ?? []) {
    const { path } = file;
    if (path !== PAGE && path !== HELPER) continue;
    if ('text' in file && file.text === asset(__dirname, path)) continue;
    const field = fieldPath([...FILES, path]);
    const message = 'stands in the place of the file that tells the agent how to change itself: rename yours, unless that is what you want';
    yield warning(field, 'self-configure/own-file', message);
  }
};

export const selfConfigure: Part = {
  name: 'self-configure',
  claims: ['selfConfigure'],
  grants: [REQUESTS, INSTANCE, SECRETS],
  isEnabled: (spec) => spec.selfConfigure.enabled,
  checks: [noActions, ownFile],
  bind,
};

/** Lets the agent ask for changes of its own instance. What it may ask for is decided by whoever works on its requests. */
export class SelfConfigure extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, selfConfigure, props);
  }
}
