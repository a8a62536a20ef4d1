import type { OpenClawInstanceStatus } from '../../../constructs';
import { RegistryError } from '../../../gitops/registry/session';
import type { TagLister } from '../../../controller/observe/releases/release-source';
import { type Modifier, withSpec } from '../../builders';
import { CopyStory } from './copy-story';

/** A registry in the test's hand. */
export class Tags implements TagLister {
  public asked: string[] = [];
  public problem: string | undefined;

  public constructor(public known: readonly string[] = ['2026.9.6', '2026.9.7', 'latest']) {}

  public async tags({ host, path }: { readonly host: string; readonly path: string }): Promise<string[]> {
    this.asked.push(`${host}/${path}`);
    if (this.problem !== undefined) throw new RegistryError(this.problem);
    return [...this.known];
  }
}

export const enabled = withSpec({ autoUpdate: { enabled: true } });
export const withoutBackup = withSpec({ autoUpdate: { enabled: true, backupBeforeUpdate: false } });
export const nothing = (): void => undefined;

/** An instance whose updates begin as soon as they are seen, and may take two minutes. */
export const prompt: Modifier = (written) =>
  withSpec({ autoUpdate: { healthCheckTimeout: '2m' } })({ ...written, metadata: { ...written.metadata, uid: 'uid-prompt-462' } as never });

export async function begun(
  tags: Tags,
  modifiers: readonly Modifier[] = [withoutBackup],
  prepare: Parameters<typeof CopyStory.begun>[1] = nothing,
): Promise<CopyStory> {
  return CopyStory.begun([...modifiers, prompt], prepare, { registry: tags });
}

export function state({ world }: CopyStory): OpenClawInstanceStatus['autoUpdate'] & {} {
  return world.instance.status?.autoUpdate ?? {};
}

/** A day goes by without anything happening. */
export function aDayLater({ api }: CopyStory): void {
  api.edit('OpenClawInstance', 'alice', { status: { autoUpdate: { lastCheckTime: '2025-12-30T00:00:00Z' } } });
}

const EVENTS = /^(AutoUpdate\w+|PreUpdate\w+)/;

export function told({ api }: CopyStory): string[] {
  return api.events.flatMap((event) => EVENTS.exec(event)?.[1] ?? []);
}
