import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pages';

const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** Houses with rooms, and the rooms that the table names. */
function named(): Map<string, string[]> {
  const rooms = new Map<string, string[]>();
  let house = '';
  for (const [, first = '', room = ''] of page.matchAll(/^\| (`[a-z]+\/`|) ?\| `([a-z-]+)` \|/gm)) {
    if (first !== '') house = first.replaceAll(/[`/]/g, '');
    rooms.set(house, [...(rooms.get(house) ?? []), room]);
  }
  return rooms;
}

function foldersOf(house: string): string[] {
  return readdirSync(join(ROOT, house), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** What lies beside rooms without being code. */
const NO_ROOMS = new Set(['examples', 'cluster-examples', 'fleet-examples']);

describe('docs/architecture.md', () => {
  it.each(['constructs', 'gitops', 'controller', 'app'])('names every room of %s, and no other', (house) => {
    const rooms = foldersOf(house).filter((name) => !NO_ROOMS.has(name));
    expect(named().get(house)?.toSorted()).toEqual(rooms.toSorted());
  });

  it('draws every room that the table names', () => {
    const picture = /```mermaid\n([^]*?)```/.exec(page)?.[1] ?? '';
    const drawn = [...picture.matchAll(/\["([a-z-]+):/g)].map(([, room = '']) => room);
    expect(drawn.toSorted()).toEqual([...named().values()].flat().toSorted());
  });

  it('leads to files that are there', () => {
    const files = [...page.matchAll(/`((?:constructs|controller|gitops|app)\/[\w/.-]+\.(?:ts|mjs|sh))`/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
