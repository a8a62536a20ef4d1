import type { Container, ExecAction, HTTPGetAction, LifecycleHandler, Probe } from '../../../imports/types';
import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { portName } from './forms';
import { Mistakes, fieldsOf } from './mistakes';

const probes = new Mistakes('values/probe');

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const PROBE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const HOOKS = ['postStart', 'preStop'] as const;
const HOOK_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
const COUNTS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;

function* execMistakes(exec: ExecAction | undefined, path: string): Iterable<Issue> {
  if (exec && !exec.command?.length) yield probes.at(`${path}.exec.command`, 'must not be empty');
}

function* httpMistakes(httpGet: HTTPGetAction | undefined, path: string): Iterable<Issue> {
  if (!httpGet) return;
  const place = `${path}.httpGet`;
  yield* probes.port(`${place}.port`, httpGet.port, portName);
  for (const [index, { name }] of (httpGet.httpHeaders ?? []).entries()) {
    if (!/^[-A-Za-z0-9]+$/.test(name))
      yield probes.at(`${place}.httpHeaders[${index}].name`, `must be letters, digits and '-', not ${quote(name)}`);
  }
}

/** What a probe and a hook have in common: one handler, and what it asks. */
function* handlerMistakes(handler: Probe | LifecycleHandler, path: string, known: readonly string[]): Iterable<Issue> {
  yield* probes.oneOf(
    path,
    known.filter((name) => fieldsOf(handler).includes(name)),
    'handler',
    known.join(', '),
  );
  yield* execMistakes(handler.exec, path);
  yield* httpMistakes(handler.httpGet, path);
  yield* probes.port(`${path}.tcpSocket.port`, handler.tcpSocket?.port, portName);
}

function* probeMistakes(probe: Probe, path: string, kind: (typeof PROBES)[number]): Iterable<Issue> {
  yield* handlerMistakes(probe, path, PROBE_HANDLERS);
  yield* probes.port(`${path}.grpc.port`, probe.grpc?.port, portName);
  for (const field of COUNTS) {
    const value = probe[field];
    if (value !== undefined && value < 0) yield probes.at(`${path}.${field}`, `must not be negative, as ${value} is`);
  }
  const { successThreshold = 1, terminationGracePeriodSeconds: grace } = probe;
  // Zero stands for the default.
  if (kind !== 'readinessProbe' && successThreshold > 1)
    yield probes.at(`${path}.successThreshold`, `must be 1 here, not ${successThreshold}`);
  if (grace === undefined) return;
  if (kind === 'readinessProbe')
    yield probes.at(`${path}.terminationGracePeriodSeconds`, 'has no place in a readiness probe, which ends nothing: remove it');
  else if (grace <= 0) yield probes.at(`${path}.terminationGracePeriodSeconds`, `must be more than 0, not ${grace}`);
}

/** Probes and hooks of a container. */
export function* healthMistakes(container: Container, path: string): Iterable<Issue> {
  for (const kind of PROBES) {
    const probe = container[kind];
    if (probe) yield* probeMistakes(probe, `${path}.${kind}`, kind);
  }
  for (const kind of HOOKS) {
    const hook = container.lifecycle?.[kind];
    if (!hook) continue;
    const place = `${path}.lifecycle.${kind}`;
    yield* handlerMistakes(hook, place, HOOK_HANDLERS);
    if (hook.sleep && hook.sleep.seconds < 0) yield probes.at(`${place}.sleep`, `must not be negative, as ${hook.sleep.seconds} is`);
  }
}

/** Init containers end before anything asks how they are; only native sidecars go on. */
export function* initHealthMistakes(container: Container, path: string): Iterable<Issue> {
  if (container.restartPolicy === 'Always') return;
  for (const field of [...PROBES, 'lifecycle'] as const) {
    if (container[field]) yield probes.at(`${path}.${field}`, 'goes with restartPolicy Always only: set that, or remove it');
  }
}
