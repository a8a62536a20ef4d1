import { cidrMistake } from '../../../constructs/core/cidr';

describe('address ranges', () => {
  test.each([
    '10.0.0.0/8',
    '10.1.2.3/32',
    '0.0.0.0/0',
    '::/0',
    'fd00::/8',
    '2001:db8:1:2:3:4:5:6/128',
    '2001:db8:0:1::/64',
    '255.255.255.254/31',
  ])('%s is right', (cidr) => {
    expect(cidrMistake(cidr)).toBeUndefined();
  });

  test.each(['', 'BAD VALUE!', '10.0.0.0', '10.0.0.1/33', 'fd00::1/129', '1:2:3/8', ':::/8', '10.0.0.x/8'])(
    '%s is left to the schema',
    (text) => {
      expect(cidrMistake(text)).toBeUndefined();
    },
  );

  test.each([
    ['10.1.2.3/8', 'write 10.0.0.0/8 for the range, or 10.1.2.3/32 for the one address'],
    ['192.168.7.1/31', 'write 192.168.7.0/31'],
    ['1.0.0.0/0', 'write 0.0.0.0/0'],
    ['fd00::1/8', 'write fd00::/8 for the range, or fd00::1/128'],
    ['::1/0', 'write ::/0'],
    ['2001:db8:0:1:2::/64', 'write 2001:db8:0:1::/64'],
    ['::ffff:a00:0/104', 'write the IPv4 range'],
  ])('%s is told to be written otherwise', (cidr, remedy) => {
    expect(cidrMistake(cidr)).toContain(remedy);
  });
});
