import { ok } from '../api';
import { isDryRun, isWrite, startAudit } from '../audit';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerUser, startController, type RunningController } from './controller';
import { instance, removeNamespaces, waitForQuiet, waitForReady } from './instances';

const instances = 50;
const passes = 100;

describeWith(['server', 'controllers', 'traefik'], 'a controller with nothing to do', () => {
  const api = testApi();
  let running: RunningController | undefined;
  let namespace = '';

  /** Three shapes in turn, with Secrets, claims, maps and an Ingress among them. */
  const all = () =>
    Array.from({ length: instances }, (_, index) => {
      const shapes = [
        {},
        { workspace: { initialFiles: { 'AGENTS.md': '# Agents\n' } }, env: [{ name: 'A', value: 'b' }] },
        {
          networking: {
            ingress: {
              enabled: true,
              className: 'traefik',
              hosts: [{ host: `a${index}.example.com` }],
              security: { basicAuth: { enabled: true } },
            },
          },
        },
      ];
      return instance(namespace, `one-${index}`, shapes[index % shapes.length]);
    });

  beforeAll(async () => {
    await installCrds(api);
    running = await startController(api);
    namespace = await createNamespace(api);
    await Promise.all(all().map(async (object) => ok(await api.apply(object))));
    await Promise.all(all().map((object) => waitForReady(api, object, 200_000)));
    await waitForQuiet(api, namespace);
  }, 300_000);

  afterAll(async () => {
    await removeNamespaces(api, [namespace]);
    await running?.stop();
  }, 120_000);

  async function versions(): Promise<unknown[]> {
    return (await api.list('openclaw.rocks/v1alpha1', 'OpenClawInstance', namespace)).map(({ metadata }) => metadata.resourceVersion);
  }

  /** What the controller wrote, and what it only asked about. */
  async function writesDuring(work: () => Promise<void>): Promise<{ readonly writes: string[]; readonly dryRuns: string[] }> {
    const audit = await startAudit(testCluster(), api);
    await work();
    const events = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    const told = (some: typeof events): string[] => some.map(({ verb, requestURI }) => `${verb} ${requestURI}`);
    return { writes: told(events.filter(isWrite)), dryRuns: told(events.filter(isDryRun)) };
  }

  test(`T-A1 T-A5 T-A10 T-A12 ${passes} passes over ${instances} unchanged instances write nothing`, async () => {
    await running?.passAll();
    const sent = await writesDuring(async () => {
      for (let pass = 0; pass < passes; pass++) await running?.passAll();
    });
    expect(sent).toEqual({ writes: [], dryRuns: [] });
    expect(running?.controller.failing).toEqual([]);
  }, 180_000);

  test('T-A1 a controller that starts anew writes nothing: the book of the server tells what the one before has sent', async () => {
    const before = await versions();
    await running?.stop();
    const sent = await writesDuring(async () => {
      running = await startController(api);
      await running.loop.idle();
    });
    expect(sent).toEqual({ writes: [], dryRuns: [] });
    expect(await versions()).toEqual(before);
    expect(
      await writesDuring(async () => {
        await running?.passAll();
      }),
    ).toEqual({ writes: [], dryRuns: [] });
  }, 120_000);
});
