import type { ApiPort, ApiRequest } from '../../../controller/api/port';
import type { FakeApi } from '../fake-api';
import { stopAll } from '../world';
import { CopyStory, seedBucket } from './copy-story';

afterEach(stopAll);

/** A server whose CRD does not know these fields of the status: it takes them and keeps none of them. */
class OlderServer implements ApiPort {
  public inner: FakeApi | undefined;

  public constructor(private readonly unknown: readonly string[]) {}

  public async request(request: ApiRequest): ReturnType<ApiPort['request']> {
    const { status } = (request.body ?? {}) as { status?: object };
    if (!request.path.endsWith('/status') || status === undefined) return this.server.request(request);
    const known = Object.fromEntries(Object.entries(status).filter(([field]) => !this.unknown.includes(field)));
    return this.server.request({ ...request, body: { ...(request.body as object), status: known } });
  }

  public stream(request: ApiRequest, signal: AbortSignal): AsyncIterable<unknown> {
    return this.server.stream(request, signal);
  }

  private get server(): FakeApi {
    if (this.inner === undefined) throw new Error('there is no server yet');
    return this.inner;
  }
}

it.each([['restoringFrom'], ['restoreJobMade'], ['restoringFrom', 'overrides', 'mayRestoreAgain']])(
  'T-T8 (%s, ...) a CRD that is older and keeps no such field of the status is told, with what to do; nothing is begun again and again',
  async (...unknown) => {
    const older = new OlderServer(unknown);
    const prepare = (api: FakeApi): void => {
      older.inner = api;
      seedBucket(api);
    };
    const story = await CopyStory.running([], prepare, { api: older });
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: 'backups/team-a/alice/2026-01-01T080000Z' } });
    story.api.forgetRequests();
    await story.turns(10, 1);
    const told = story.world.instance.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(told?.message).toContain(`keeps no status.${unknown[0]}`);
    expect(told?.message).toContain('apply what openclaw-cdk8s install of this version prints');
    expect([story.made, story.replicas]).toEqual([[], 1]);
    expect(story.api.writes.length).toBeLessThan(60);
  },
);
