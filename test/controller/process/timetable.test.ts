import { Timetable } from '../../../controller/process/timetable';
import { FakeClock } from '../api/fake-clock';

function aTable() {
  const clock = new FakeClock();
  const rung: string[] = [];
  const table = new Timetable(clock, (key) => rung.push(`${key} ${clock.monotonic()}`));
  return { clock, rung, table };
}

it('rings for each key when it is due, in the order of the times', async () => {
  const { clock, rung, table } = aTable();
  table.add('later', 3000);
  table.add('sooner', 1000);
  table.add('between', 2000);
  await clock.advance(10_000);
  expect(rung).toEqual(['sooner 1000', 'between 2000', 'later 3000']);
});

it('sets one alarm for however many keys', async () => {
  const { clock, rung, table } = aTable();
  for (let index = 0; index < 1000; index++) table.add(`agent-${index}`, 1000 + index);
  expect(clock.sleeps).toEqual([1000]);
  await clock.advance(3000);
  expect(rung).toHaveLength(1000);
});

it('counts the earlier of two wishes', async () => {
  const { clock, rung, table } = aTable();
  table.add('alice', 2000);
  table.add('alice', 5000);
  table.add('alice', 1000);
  await clock.advance(10_000);
  expect(rung).toEqual(['alice 1000']);
});

it('rings for nobody who was taken out, and for the others all the same', async () => {
  const { clock, rung, table } = aTable();
  table.add('alice', 1000);
  table.add('bob', 2000);
  table.delete('alice');
  expect([table.has('alice'), table.has('bob')]).toEqual([false, true]);
  await clock.advance(10_000);
  expect(rung).toEqual(['bob 2000']);
});

it('takes a key again while it rings', async () => {
  const clock = new FakeClock();
  const rung: number[] = [];
  const table: Timetable = new Timetable(clock, (key) => {
    rung.push(clock.monotonic());
    if (rung.length < 3) table.add(key, 1000);
  });
  table.add('alice', 1000);
  await clock.advance(10_000);
  expect(rung).toEqual([1000, 2000, 3000]);
});

it('rings no more once it is cleared, until something is added', async () => {
  const { clock, rung, table } = aTable();
  table.add('alice', 1000);
  table.clear();
  await clock.advance(10_000);
  expect(rung).toEqual([]);
  table.add('bob', 500);
  await clock.advance(1000);
  expect(rung).toEqual(['bob 10500']);
});

it('a time that is no number holds up nobody else, and comes in a minute', async () => {
  const { clock, rung, table } = aTable();
  table.add('odd', NaN);
  table.add('alice', 1000);
  await clock.advance(120_000);
  expect(rung).toEqual(['alice 1000', 'odd 60000']);
});

it('sleeps no longer than a timer of the system can', () => {
  const { clock, table } = aTable();
  table.add('late', 2 ** 32);
  table.add('never', Infinity);
  expect(clock.sleeps).toEqual([2 ** 31 - 1]);
});
