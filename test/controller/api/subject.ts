import { openFence } from '../../../gitops/git/fence';
import type { ClusterAccess, ClusterCredentials } from '../../../controller/api/cluster-access';
import { HttpApi, type HttpApiOptions } from '../../../controller/api/http-api';
import { FakeClock } from './fake-clock';
import { ScriptedServer } from './scripted-server';

/** What the subject sends as its token. */
export const token = 'a-token-that-nobody-may-see';

/** The server of one test file; started and stopped with it. */
export const server = new ScriptedServer();

const open: HttpApi[] = [];

beforeAll(() => server.start());
afterEach(() => open.splice(0).forEach((api) => api.close()));
afterAll(() => server.stop());

export interface Subject {
  readonly api: HttpApi;
  readonly clock: FakeClock;
}

export function subject(options: Partial<HttpApiOptions> = {}): Subject {
  const clock = new FakeClock();
  const credentials: ClusterCredentials = { headers: { Authorization: `Bearer ${token}` }, tls: {} };
  const access: ClusterAccess = { server: server.url, credentials: async () => credentials };
  const api = new HttpApi({ access, clock, fence: openFence, userAgent: 'openclaw-cdk8s/1.2.3', ...options });
  open.push(api);
  return { api, clock };
}

/** Lets time pass until the promise has an outcome. */
export async function outcome<Value>({ clock }: Subject, promise: Promise<Value>, stepMs = 100): Promise<Value> {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  promise.then(mark, mark);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (done) return promise;
    await clock.advance(stepMs);
  }
}
