import { isLong, size } from '../../long';
import { stopAll } from '../world';
import { type Outcome, befallen, faults, mishaps, told } from './faults/faults';
import { type Tale, tales } from './faults/tales';

afterEach(stopAll);

/** How many places were tried, by story; the long form prints it. */
const counts: Record<string, Record<string, number>> = {};

function count(tale: Tale, what: string, places: number): void {
  counts[tale.name] = { ...counts[tale.name], [what]: places };
}

afterAll(() => {
  if (isLong) process.stderr.write(`${JSON.stringify(counts, undefined, 2)}\n`);
});

function good(tale: Tale, { jobs }: Pick<Outcome, 'jobs'>): Omit<Outcome, 'isOver'> {
  const first = tale.mayRunFirst !== undefined && jobs.length > tale.jobs.length ? [tale.mayRunFirst] : [];
  return { seen: expect.objectContaining(tale.end) as Outcome['seen'], jobs: [...first, ...tale.jobs], findings: [] };
}

/** The short form takes one place of each story for some of the faults, the long form all of them. */
const stories = tales.map((tale, index) => ({ tale, index, name: tale.name }));
const places = faults.map((fault, index) => ({ fault, index, name: fault.name }));
const blows = mishaps.map((mishap, index) => ({ mishap, index, name: mishap.name }));

describe.each(stories)('C30 $name', ({ tale, index: row }) => {
  it.each(places.filter(({ index }) => isLong || index % 4 === row % 4))(
    'with its controller or its server "$name" ends as if nothing had been',
    async ({ fault, index }) => {
      let at = isLong ? 1 : 1 + ((7 * index + 5 * row) % 16);
      for (let isOver = false; !isOver; at += 1) {
        const outcome = await told(tale, fault, at);
        expect({ at, ...outcome }).toEqual({ at, isOver: outcome.isOver, ...good(tale, outcome) });
        isOver = outcome.isOver || !isLong;
        await stopAll();
      }
      count(tale, fault.name, at - 2);
    },
    900_000,
  );

  it.each(blows.filter(({ index }) => isLong || index === row % blows.length))(
    'where $name, and is mended, comes to its end',
    async ({ mishap }) => {
      const last = size(0, tale.turns - 1);
      for (let after = 0; after <= last; after += 1) {
        const { seen, jobs, findings } = await befallen(tale, mishap, after);
        expect({ after, seen, findings }).toEqual({ after, seen: expect.objectContaining(tale.end), findings: [] });
        expect({ after, jobs }).toEqual({ after, jobs: tale.jobs });
        await stopAll();
      }
      count(tale, mishap.name, last + 1);
    },
    900_000,
  );
});
