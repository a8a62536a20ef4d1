import type { ApiPort } from '../../../controller/api/port';
import { HttpApi } from '../../../controller/api/http-api';
import { systemClock } from '../../../gitops/git/clock';
import { Controller, type ControllerOptions } from '../../../controller/process/controller';
import { createLog } from '../../../controller/objects/log';
import { controllerRbac } from '../../../controller/process/rbac';
import { ok, type Api, type KubeObject } from '../api';
import { accessOf } from '../faults/access';
import { testCluster } from '../parts';

/** Where the controller keeps what is its own. */
export const controllerNamespace = 'openclaw-system';

/** Its name in the audit log. */
export const controllerUser = `system:serviceaccount:${controllerNamespace}:openclaw-controller`;

/** A controller in this process. */
export interface RunningController {
  readonly controller: Controller;
  /** Everything it logged, one JSON object a line. */
  readonly log: readonly string[];
  /** A pass of every instance, until nothing is left to do. */
  passAll(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions extends Partial<Pick<ControllerOptions, 'delivery' | 'git' | 'concurrency' | 'parts'>> {
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
export async function controllerApi(admin: Api): Promise<HttpApi> {
  const access = accessOf({ ...testCluster(), token: await controllerToken(admin) });
  return new HttpApi({ access, clock: systemClock });
}

/** Starts a controller and returns when it has queued every instance once. */
export async function startController(admin: Api, options: StartOptions = {}): Promise<RunningController> {
  const { between = (api: ApiPort) => api, ...settings } = options;
  const http = await controllerApi(admin);
  const log: string[] = [];
  const controller = new Controller({
    api: between(http),
    clock: systemClock,
    log: createLog(
      (line) => log.push(line),
      () => new Date(),
    ),
    namespace: controllerNamespace,
    delivery: 'apply',
    concurrency: 8,
    ...settings,
  });
  const stop = async (): Promise<void> => {
    await controller.stop();
    http.close();
  };
  try {
    await controller.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const passAll = async (): Promise<void> => {
    controller.wakeAll();
    await controller.idle();
  };
  return { controller, log, passAll, stop };
}
