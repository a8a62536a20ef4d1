import { type WrittenInstance, needsOf } from '../../constructs';
import { compareText } from '../../constructs/spec/json';
import { LOCKED_PACKS, PACKS_KEY, type SkillPack, packReference } from '../../constructs/spec/skill-pack';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { GitHub, PackError } from '../../controller/observe/packs/github';
import { gitHubSettings } from '../../controller/observe/packs/pack-source';
import { readPack, readRevision } from '../../controller/observe/packs/read-pack';
import { readInputs } from '../input/inputs';
import { type ExitCode, RunFailure } from './exit-code';
import type { Streams } from './streams';

/** By namespace, the names of packs, sorted. */
function wantedPacks(paths: readonly string[], namespace: string | undefined): Map<string | undefined, string[]> {
  const inputs = readInputs(paths, namespace);
  if (inputs.issues.length > 0) throw new RunFailure('the files have mistakes: openclaw-cdk8s validate tells them');
  const wanted = new Map<string | undefined, Set<string>>();
  for (const { value, namespace: of } of inputs.instances) {
    for (const need of needsOf(value as unknown as WrittenInstance)) {
      if (need.kind === 'skillPack') wanted.set(of, (wanted.get(of) ?? new Set()).add(need.name));
    }
  }
  return new Map([...wanted].map(([of, names]) => [of, [...names].toSorted(compareText)]));
}

async function fetchPack(github: GitHub, name: string): Promise<SkillPack> {
  const reference = packReference(name);
  if (reference === undefined) throw new PackError('it is no pack:owner/repository/path');
  const revision = await readRevision(github, reference);
  if (revision === 'unchanged') throw new PackError('GitHub says that it did not change, and nobody asked');
  return readPack(github, reference, revision.sha);
}

/** Every pack once; what fails is told all at once. @throws {@link RunFailure} */
async function fetchAll(github: GitHub, names: ReadonlySet<string>): Promise<Map<string, SkillPack>> {
  const found = new Map<string, SkillPack>();
  const failures: string[] = [];
  for (const name of names) {
    try {
      found.set(name, await fetchPack(github, name));
    } catch (cause) {
      if (!(cause instanceof PackError)) throw cause;
      failures.push(`${name}: ${cause.message}`);
    }
  }
  if (failures.length > 0) throw new RunFailure(failures.join('\n'));
  return found;
}

/** `packs`: reads the skill packs of instances as they are now, and prints a ConfigMap a namespace that holds them. */
export async function packs(
  paths: readonly string[],
  namespace: string | undefined,
  streams: Pick<Streams, 'stdout' | 'stderr'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const wanted = wantedPacks(paths, namespace);
  const found = await fetchAll(new GitHub(gitHubSettings(environment)), new Set([...wanted.values()].flat()));
  const maps = [...wanted].map(([of, names]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: LOCKED_PACKS, ...(of !== undefined && { namespace: of }) },
    data: { [PACKS_KEY]: `${JSON.stringify(Object.fromEntries(names.map((name) => [name, found.get(name)])), null, 2)}\n` },
  }));
  if (maps.length > 0) streams.stdout(writeDocuments(maps));
  else streams.stderr('no instance has a skill pack\n');
  return 0;
}
