import { formatOf } from '../../../constructs/schema/formats';
import { parseGoDuration, parseStrictDuration } from '../../../constructs/schema/go-duration';

describe('formatOf', () => {
  test.each<[string, string[], string[]]>([
    ['byte', ['YQ==', 'YWJj'], ['', 'YQ=', 'a-b_']],
    ['cidr', ['10.0.0.0/8', 'fd00::/8', '010.0.0.0/8', '10.0.0.0/08'], ['10.0.0.0', '10.0.0.0/33', '::/129', 'x/8']],
    ['date', ['2024-02-29'], ['2023-02-29', '2024-2-1', '2024-13-01', 'x']],
    [
      'date-time',
      ['2024-01-01T00:00:00Z', '2024-01-01t23:59:59.5+01:00'],
      ['2024-01-01T24:00:00Z', '2024-01-01 00:00:00Z', '2024-01-01T00:00:00', '2024-01-01'],
    ],
    ['duration', ['1h', '1h30m', '-1.5s', '1 day', '3 weeks', '0', '.5s', 'in 2 hours'], ['5', 'x', '1 fortnight', '']],
    ['hexcolor', ['#fff', 'ffffff'], ['#ff']],
    ['hostname', ['a', 'a-b', 'a.example.com', 'münchen.de', '1'], ['a_b', '-a', 'a.b', 'a..b', 'ab-c', `${'a'.repeat(64)}.com`]],
    ['ipv4', ['10.0.0.1', '010.0.0.1', '::ffff:10.0.0.1'], ['10.0.0', '::1', '256.0.0.1']],
    ['ipv6', ['::1', 'fd00::1', '::ffff:10.0.0.1'], ['10.0.0.1', 'fe80::1%eth0', ':::']],
    [
      'mac',
      ['01:23:45:67:89:ab', '01-23-45-67-89-ab', '0123.4567.89ab', '01:23:45:67:89:ab:cd:ef'],
      ['01:23:45:67:89', '01:23-45:67:89:ab'],
    ],
    ['password', ['', 'x'], []],
    [
      'uri',
      ['http://a', '/path', 'mailto:x', 'http://[::1]:80/', '*', 'http://a/ b'],
      ['path', 'http://a b', 'http://a:x/', 'http://a/%zz', '://x', '1a://x', 'http://a%41/', '', 'http://[::1'],
    ],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000', '123E4567E89B12D3A456426614174000'], ['123e4567']],
    ['uuid3', ['123e4567-e89b-32d3-a456-426614174000'], ['123e4567-e89b-12d3-a456-426614174000']],
    ['uuid4', ['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-42d3-c456-426614174000']],
    ['uuid5', ['123e4567-e89b-52d3-a456-426614174000'], ['123e4567-e89b-42d3-a456-426614174000']],
  ])('%s', (name, accepts, refuses) => {
    const format = formatOf(name);
    expect(accepts.filter((text) => !format?.test(text))).toEqual([]);
    expect(refuses.filter((text) => format?.test(text))).toEqual([]);
  });

  test.each(['int-or-string', 'k8s-short-name', 'quantity'])('%s is not checked', (name) => {
    expect(formatOf(name)).toBeUndefined();
  });
});

describe('durations', () => {
  test.each<[string, bigint | undefined]>([
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['+2ms', 2_000_000n],
    ['1us', 1_000n],
    ['1µs', 1_000n],
    ['0', 0n],
    ['99999999h', undefined],
    ['1d', undefined],
    ['1', undefined],
    ['', undefined],
  ])('Go reads %s as %s nanoseconds', (text, expected) => {
    expect(parseStrictDuration(text)).toBe(expected);
  });

  test.each<[string, bigint | undefined]>([
    ['1h', 3_600_000_000_000n],
    ['1d', 86_400_000_000_000n],
    ['2 weeks', 1_209_600_000_000_000n],
    ['x', undefined],
  ])('the format reads %s as %s nanoseconds', (text, expected) => {
    expect(parseGoDuration(text)).toBe(expected);
  });
});
