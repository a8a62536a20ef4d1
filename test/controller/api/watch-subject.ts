import { ListWatch } from '../../../controller/api/list-watch';
import type { ListWatchOptions } from '../../../controller/api/live-copy';
import { configMaps } from '../../../controller/objects/kinds';
import { FakeClock, settle } from './fake-clock';
import { ScriptedApi } from './scripted-api';

const running: ListWatch[] = [];

afterEach(() => Promise.all(running.splice(0).map((watch) => watch.stop())));

export interface WatchSubject {
  readonly api: ScriptedApi;
  readonly clock: FakeClock;
  readonly watch: ListWatch;
  /** `name before->after` by resourceVersion, for every call of the handler. */
  readonly changes: string[];
  readonly errors: { readonly error: unknown; readonly waitMs: number }[];
}

/** A list-watch that has begun; `prepare` writes the script of its server before. */
export async function started(
  options: Partial<ListWatchOptions> = {},
  prepare: (api: ScriptedApi) => void = () => {},
): Promise<WatchSubject> {
  const api = new ScriptedApi();
  prepare(api);
  const clock = new FakeClock();
  const errors: WatchSubject['errors'] = [];
  const changes: string[] = [];
  const onError = (error: unknown, waitMs: number): unknown => errors.push({ error, waitMs });
  const watch = new ListWatch({ api, clock, kind: configMaps, onError, ...options });
  running.push(watch);
  watch.onChange((before, after) => {
    const name = (after ?? before)?.metadata.name ?? '';
    changes.push(`${name} ${before?.metadata.resourceVersion ?? '-'}->${after?.metadata.resourceVersion ?? '-'}`);
  });
  watch.start();
  await settle();
  return { api, clock, watch, changes, errors };
}
