import type { ApiPort } from '../../../controller/api/port';
import { HttpApi } from '../../../controller/api/http-api';
import { systemClock } from '../../../gitops/git/clock';
import { type Fence, LeaseFence, openFence } from '../../../gitops/git/fence';
import { Controller } from '../../../controller/process/controller';
import { InstanceLoop, type InstanceLoopOptions } from '../../../controller/process/instance-loop';
import { SelfConfigLoop } from '../../../controller/process/self-config-loop';
import { createLog } from '../../../controller/objects/log';
import { Caches } from '../../../controller/observe/caches';
import { controllerRbac } from '../../../controller/process/rbac';
import { ok, type Api, type KubeObject } from '../api';
import type { ClusterFiles } from '../cluster';
import { accessOf } from '../faults/access';
import { testCluster } from '../parts';

/** Where the controller keeps what is its own. */
export const controllerNamespace = 'openclaw-system';

/** Its name in the audit log. */
export const controllerUser = `system:serviceaccount:${controllerNamespace}:openclaw-controller`;

/** A controller in this process. */
export interface RunningController {
  readonly controller: Controller;
  readonly loop: InstanceLoop;
  readonly fence: LeaseFence;
  /** Everything it logged, one JSON object a line. */
  readonly log: readonly string[];
  /** A pass of every instance, until nothing is left to do. */
  passAll(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions extends Partial<Pick<InstanceLoopOptions, 'delivery' | 'git' | 'concurrency' | 'parts' | 'registry'>> {
  /** Works on what agents ask for as well. @default false */
  readonly requests?: boolean;
  /** Called before the controller starts, when its account is there. */
  readonly prepare?: () => Promise<void>;
  /** @default - that of the tests */
  readonly cluster?: ClusterFiles;
  /** Stands between the controller and the server. @default - nothing does */
  readonly between?: (api: ApiPort) => ApiPort;
}

/** Makes the account of the controller with the rights that we ship, and nothing more; returns a token of it. */
export async function controllerToken(admin: Api): Promise<string> {
  const objects = controllerRbac(controllerNamespace) as KubeObject[];
  ok(await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: controllerNamespace } }));
  for (const object of objects) ok(await admin.apply(object));
  const path = `/api/v1/namespaces/${controllerNamespace}/serviceaccounts/openclaw-controller/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
  return ok(await admin.request('POST', path, { body }))['status'].token;
}

/** The server as the controller reaches it: by its own port, as its own account. */
export async function controllerApi(admin: Api, fence: Fence = openFence, cluster: ClusterFiles = testCluster()): Promise<HttpApi> {
  const access = accessOf({ ...cluster, token: await controllerToken(admin) });
  return new HttpApi({ access, clock: systemClock, fence });
}

const ignore = (): void => undefined;

/** What the server holds, as a controller in this process would see it; `stop` ends its watches. */
export async function startCaches(api: ApiPort): Promise<Caches> {
  const settings = { ownNamespace: controllerNamespace, onError: ignore, onRight: ignore, wake: ignore };
  const caches = new Caches({ ...settings, api, clock: systemClock });
  await caches.start();
  return caches;
}

/** Starts a controller that leads, and returns when it has queued every instance once. */
export async function startController(admin: Api, options: StartOptions = {}): Promise<RunningController> {
  const { between = (api: ApiPort) => api, prepare, cluster, requests = false, ...settings } = options;
  const fence = new LeaseFence(systemClock);
  fence.renew(Infinity);
  const http = await controllerApi(admin, fence, cluster);
  await prepare?.();
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => new Date(),
  );
  const port = between(http);
  const loop = new InstanceLoop({
    api: port,
    fence,
    clock: systemClock,
    log,
    namespace: controllerNamespace,
    delivery: 'apply',
    concurrency: 8,
    ...settings,
  });
  const asked = requests ? [new SelfConfigLoop({ api: port, clock: systemClock, log, facts: loop.facts })] : [];
  const controller = new Controller({ loops: [loop, ...asked], fence, log });
  const stop = async (): Promise<void> => {
    await controller.stop();
    http.close();
  };
  try {
    await controller.start();
    await controller.lead();
  } catch (error) {
    await stop();
    throw error;
  }
  const passAll = async (): Promise<void> => {
    loop.wakeAll();
    await loop.idle();
  };
  return { controller, loop, fence, log: lines, passAll, stop };
}
