import type { Container, ContainerPort, SecurityContext, VolumeDevice, VolumeMount } from '../../../imports/types';
import { normalizedPath } from '../../hosts/mount-path';
import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { envFromMistakes, envMistakes } from './env';
import { portName, relativePath } from './forms';
import { Mistakes } from './mistakes';
import { healthMistakes, initHealthMistakes } from './probes';
import { resourceMistakes } from './resources';

const containers = new Mistakes('values/container');
const ports = new Mistakes('values/port');
const mounts = new Mistakes('values/mount');
const security = new Mistakes('values/security');

/** Users and groups are numbers of 31 bits. */
const MAX_ID = 2 ** 31 - 1;

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];

const numberOf = ({ containerPort, protocol = 'TCP' }: ContainerPort): string => `${containerPort}/${protocol}`;

function* portMistakes(list: readonly ContainerPort[], path: string): Iterable<Issue> {
  for (const [index, { containerPort, hostPort, name }] of list.entries()) {
    const place = `${path}[${index}]`;
    yield* ports.range(`${place}.containerPort`, containerPort, 1, 65535);
    if (hostPort) yield* ports.range(`${place}.hostPort`, hostPort, 1, 65535);
    if (name) yield* ports.form(`${place}.name`, name, portName);
  }
  yield* ports.unique(
    list,
    ({ name }) => name || undefined,
    (index) => `${path}[${index}].name`,
  );
  yield* ports.unique(list, numberOf, (index) => `${path}[${index}].containerPort`);
}

/** Mounts of a container: where they stand, and which part of a volume they show. */
export function* mountMistakes(list: readonly VolumeMount[] | undefined, path: string, isPrivileged = false): Iterable<Issue> {
  for (const [index, mount] of (list ?? []).entries()) {
    const place = `${path}[${index}]`;
    const { mountPath, subPath, subPathExpr, mountPropagation = 'None' } = mount;
    yield* mounts.required(`${place}.mountPath`, mountPath);
    if (subPath) yield* mounts.form(`${place}.subPath`, subPath, relativePath);
    if (subPathExpr) yield* mounts.form(`${place}.subPathExpr`, subPathExpr, relativePath);
    if (subPath && subPathExpr) yield mounts.at(`${place}.subPathExpr`, 'does not go with subPath: remove one of them');
    if (mountPropagation === 'Bidirectional' && !isPrivileged)
      yield mounts.at(`${place}.mountPropagation`, 'Bidirectional is for privileged containers only');
    yield* recursiveMistakes(mount, place);
  }
}

function* recursiveMistakes({ recursiveReadOnly, readOnly, mountPropagation = 'None' }: VolumeMount, path: string): Iterable<Issue> {
  const place = `${path}.recursiveReadOnly`;
  if (!recursiveReadOnly) return;
  if (!['Disabled', 'IfPossible', 'Enabled'].includes(recursiveReadOnly))
    yield mounts.at(place, `must be Disabled, IfPossible or Enabled, not ${quote(recursiveReadOnly)}`);
  else if (recursiveReadOnly !== 'Disabled' && !readOnly) yield mounts.at(place, 'needs readOnly: true');
  else if (recursiveReadOnly !== 'Disabled' && mountPropagation !== 'None') yield mounts.at(place, 'goes with mountPropagation None only');
}

function* deviceMistakes(devices: readonly VolumeDevice[], path: string): Iterable<Issue> {
  for (const [index, { devicePath }] of devices.entries()) {
    const place = `${path}[${index}].devicePath`;
    yield* mounts.required(place, devicePath);
    if (devicePath.split('/').includes('..')) yield mounts.at(place, `must not contain '..': ${quote(devicePath)}`);
  }
}

interface Profile {
  readonly type?: string;
  readonly localhostProfile?: string;
}

/** A seccomp or AppArmor profile: the name of a file goes with type Localhost, and only with that. */
function* profileMistakes({ type, localhostProfile }: Profile, path: string): Iterable<Issue> {
  const place = `${path}.localhostProfile`;
  if (type === 'Localhost') yield* security.required(place, localhostProfile);
  else if (localhostProfile !== undefined) yield security.at(place, `goes with type Localhost only, not with ${type}`);
}

/** The security context of a container, whoever wrote it. */
export function* securityMistakes(context: SecurityContext, path: string): Iterable<Issue> {
  yield* security.range(`${path}.runAsUser`, context.runAsUser, 0, MAX_ID);
  yield* security.range(`${path}.runAsGroup`, context.runAsGroup, 0, MAX_ID);
  const { allowPrivilegeEscalation, capabilities, privileged, procMount, seccompProfile, appArmorProfile, windowsOptions } = context;
  if (allowPrivilegeEscalation === false && privileged)
    yield security.at(`${path}.allowPrivilegeEscalation`, 'cannot be false in a privileged container');
  if (allowPrivilegeEscalation === false && capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    yield security.at(`${path}.allowPrivilegeEscalation`, 'cannot be false where capabilities.add names CAP_SYS_ADMIN');
  }
  if (procMount === 'Unmasked')
    yield security.at(`${path}.procMount`, 'cannot be Unmasked in a pod that shares the users of its node: remove it');
  if (windowsOptions?.hostProcess)
    yield security.at(`${path}.windowsOptions.hostProcess`, 'needs a pod on the network of its node, which this is not: remove it');
  if (seccompProfile) {
    yield* profileMistakes(seccompProfile, `${path}.seccompProfile`);
    if (seccompProfile.localhostProfile)
      yield* security.form(`${path}.seccompProfile.localhostProfile`, seccompProfile.localhostProfile, relativePath);
  }
  if (appArmorProfile) yield* profileMistakes(appArmorProfile, `${path}.appArmorProfile`);
}

function* imageMistakes({ image }: Container, path: string): Iterable<Issue> {
  yield* containers.required(`${path}.image`, image);
  if (image !== undefined && image !== image.trim()) yield containers.at(`${path}.image`, 'must not begin or end with a blank');
}

function* resizeMistakes({ resizePolicy = [] }: Container, path: string): Iterable<Issue> {
  for (const [index, { resourceName }] of resizePolicy.entries()) {
    if (resourceName === 'cpu' || resourceName === 'memory') continue;
    yield containers.at(`${path}.resizePolicy[${index}].resourceName`, `must be cpu or memory, not ${quote(resourceName)}`);
  }
}

/** A container of the user. */
export function* containerMistakes(container: Container, path: string, kind: 'initContainers' | 'sidecars'): Iterable<Issue> {
  const { env, envFrom, restartPolicy, securityContext, resources, volumeMounts, volumeDevices } = container;
  yield* imageMistakes(container, path);
  if (restartPolicy !== undefined && !RESTART_POLICIES.includes(restartPolicy)) {
    yield containers.at(`${path}.restartPolicy`, `must be one of ${RESTART_POLICIES.join(', ')}, not ${quote(restartPolicy)}`);
  }
  for (const field of ['command', 'args'] as const) {
    for (const [index, text] of (container[field] ?? []).entries()) yield* containers.processText(`${path}.${field}[${index}]`, text);
  }
  yield* resizeMistakes(container, path);
  yield* portMistakes(container.ports ?? [], `${path}.ports`);
  yield* envMistakes(env, `${path}.env`);
  yield* envFromMistakes(envFrom, `${path}.envFrom`);
  if (resources) yield* resourceMistakes(resources, `${path}.resources`);
  yield* mountMistakes(volumeMounts, `${path}.volumeMounts`, securityContext?.privileged);
  yield* mounts.unique(
    volumeMounts ?? [],
    ({ mountPath }) => normalizedPath(mountPath),
    (index) => `${path}.volumeMounts[${index}].mountPath`,
  );
  yield* deviceMistakes(volumeDevices ?? [], `${path}.volumeDevices`);
  yield* healthMistakes(container, path);
  if (kind === 'initContainers') yield* initHealthMistakes(container, path);
  if (securityContext) yield* securityMistakes(securityContext, `${path}.securityContext`);
}

/** A container, and where it stands. */
export interface PlacedContainer {
  readonly container: Container;
  readonly path: string;
}

/** Ports of the node: one container of the pod opens each. */
export function* hostPortMistakes(list: readonly PlacedContainer[]): Iterable<Issue> {
  const opened = list.flatMap(({ container, path }) =>
    (container.ports ?? []).map((port, index) => ({ ...port, place: `${path}.ports[${index}].hostPort` })),
  );
  yield* ports.unique(
    opened,
    ({ hostPort, hostIP = '', protocol = 'TCP' }) => (hostPort ? `${protocol} ${hostIP} ${hostPort}` : undefined),
    (index) => opened[index]?.place ?? '',
  );
}
