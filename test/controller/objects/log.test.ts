import { createLog } from '../../../controller/objects/log';

const now = (): Date => new Date('2026-01-02T03:04:05.678Z');

function lines(tell: (log: ReturnType<typeof createLog>) => void): string[] {
  const written: string[] = [];
  tell(createLog((line) => written.push(line), now));
  return written;
}

it('writes one JSON object a line, with time, level and message first', () => {
  expect(lines((log) => log.info('started', { instances: 3 }))).toEqual([
    '{"time":"2026-01-02T03:04:05.678Z","level":"info","message":"started","instances":3}\n',
  ]);
  expect(lines((log) => log.error('pass failed'))).toEqual([
    '{"time":"2026-01-02T03:04:05.678Z","level":"error","message":"pass failed"}\n',
  ]);
});

it('lets no text of others begin a line of its own', () => {
  const [line = '', ...more] = lines((log) => log.error('a\nb', { error: 'c\r\n{"level":"info"}\u2028' }));
  expect(more).toEqual([]);
  expect(line.trimEnd()).not.toMatch(/[\n\r]/);
  expect(JSON.parse(line)).toMatchObject({ message: 'a\nb', level: 'error' });
});
