import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileSink, fileName, refusal } from '../../../app/cli/file-sink';
import { readManifests } from '../../read-manifests';
import { type SinkSubject, sinkContract } from '../../sink-contract';
import { folderWith, removeFolders } from '../program';

afterAll(removeFolders);

/** Every file below a folder with its text, and with its node and time, which any write moves. */
function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
  const plain = files.filter((file) => statSync(file).isFile()).toSorted();
  return Object.fromEntries(
    plain.map((file) => {
      const { ino, mtimeNs } = statSync(file, { bigint: true });
      return [file, `${ino} ${mtimeNs} ${readFileSync(file, 'utf8')}`];
    }),
  );
}

function subject(): SinkSubject {
  const outside = folderWith();
  const folder = join(outside, 'out');
  const theirs: Readonly<Record<string, string>> = {
    'README.md': 'theirs',
    'team-a.other.k8s.yaml': 'theirs',
    'team-a.alice.k8s.yaml.bak': 'theirs',
    'deeper/team-a.alice.k8s.yaml': 'theirs',
  };
  return {
    sink: new FileSink(folder, { prune: true }),
    setOf: ({ id }) => id.split('.')[1] ?? '',
    // Also what lies outside, where a hostile name would lead.
    state: async () => tree(outside),
    holds: async (set, kind, name) => {
      const file = join(folder, fileName({ namespace: 'team-a', name: set }));
      return existsSync(file) && readManifests(readFileSync(file, 'utf8')).includes(`${kind} ${name}`);
    },
    plant: async () => {
      for (const [file, text] of Object.entries(theirs)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
    },
    planted: async () => {
      const found = tree(folder);
      return Object.keys(theirs).map((file) => found[join(folder, file)]);
    },
    block: async (set) => {
      const file = join(folder, fileName({ namespace: 'team-a', name: set }));
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, 'theirs');
      return async () => tree(folder)[file];
    },
    spoil: async (set) => writeFileSync(join(folder, fileName({ namespace: 'team-a', name: set })), 'spoilt'),
    reopen: async () => new FileSink(folder, { prune: true }),
    close: async () => rmSync(outside, { recursive: true, force: true }),
  };
}

sinkContract('the file sink', async () => subject(), { keepsClaims: false, isAllOrNothing: true });

test.each([
  ['ENOSPC', 'make room for it'],
  ['EDQUOT', 'make room for it'],
  ['EACCES', 'make it a folder that you may write to'],
])('a refusal without a path names the folder, with what to do: %s', (code, remedy) => {
  const refused = Object.assign(new Error(`${code}: refused, write`), { code });
  expect(refusal('out', refused)).toMatchObject({
    name: 'OutputError',
    message: `out cannot be written (${code}): choose another output folder, or ${remedy}`,
  });
});
