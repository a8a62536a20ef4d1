import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ObjectFormat,
  type TreeEntry,
  commitBytes,
  makeObject,
  packBytes,
  parseTree,
  treeBytes,
} from '../../../gitops/git/git-objects';

it.each(['sha1', 'sha256'] as const)('objects and packs are what git takes them for (%s)', (format: ObjectFormat) => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-objects-'));
  const git = (args: readonly string[], input: string | Uint8Array = ''): string =>
    execFileSync('git', ['-C', folder, ...args], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();
  try {
    git(['init', '--quiet', '--bare', `--object-format=${format}`]);
    // Sizes on both sides of where the header of a pack grows by a byte.
    const blobs = [0, 1, 15, 16, 2047, 2048, 300_000].map((size) => makeObject('blob', Buffer.alloc(size, 'x'), format));
    const names = ['a', 'a.b', 'a-b', 'a0', 'Z', 'ä'].map((name) => Buffer.from(name).toString('latin1'));
    const inner = makeObject('tree', treeBytes(new Map([['x', { mode: '100644', id: blobs[0]?.id ?? '' }]])), format);
    const entries = names.map((name, index): [string, TreeEntry] => [name, { mode: '100755', id: blobs[index]?.id ?? '' }]);
    const tree = makeObject(
      'tree',
      treeBytes(new Map([...entries, ['a', { mode: '40000', id: inner.id }], ['b', { mode: '100644', id: blobs[6]?.id ?? '' }]])),
      format,
    );
    const bytes = commitBytes({ tree: tree.id, identity: { name: 'A <b>\nc', email: 'a@b' }, seconds: 1_790_000_000, message: 'x\n' });
    const commit = makeObject('commit', bytes, format);
    git(['index-pack', '--stdin', '--strict'], new Uint8Array(packBytes([...blobs, inner, tree, commit], format)));
    for (const { id, type, bytes: content } of [...blobs, inner, tree, commit]) {
      expect(git(['cat-file', '-t', id])).toBe(type);
      expect(git(['cat-file', '-s', id])).toBe(String(content.length));
    }
    git(['update-ref', 'refs/heads/main', commit.id]);
    expect(git(['fsck', '--strict', '--full', '--no-dangling'])).toBe('');
    expect(git(['log', '--format=%an <%ae> %at', 'main'])).toBe('A  b c <a@b> 1790000000');
    expect(parseTree(tree.bytes, format).size).toBe(7);
    expect(treeBytes(parseTree(tree.bytes, format)).equals(new Uint8Array(tree.bytes))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('a damaged tree is an error, not a guess', () => {
  expect(() => parseTree(Buffer.from('100644 a\0short'), 'sha1')).toThrow('damaged');
});
