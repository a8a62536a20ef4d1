import * as fc from 'fast-check';

// Texts of the forms that Kubernetes knows. Every generator gives valid values only.

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

function from(characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters.split('')), minLength, maxLength });
}

/** `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, of at most `maxLength` characters. */
export function labelName(maxLength = 63): fc.Arbitrary<string> {
  const ends = from(LETTERS + DIGITS, 1, 1);
  const long = fc.tuple(ends, from(`${LETTERS + DIGITS}-`, 0, maxLength - 2), ends).map((parts) => parts.join(''));
  return fc.oneof({ weight: 5, arbitrary: from(LETTERS, 1, Math.min(8, maxLength)) }, { weight: 2, arbitrary: long });
}

/** A name of an instance: a letter first, and at most 36 characters. */
export const instanceName = fc.tuple(from(LETTERS, 1, 1), labelName(35)).map(([first, rest]) => first + rest);

/** A name of an object: labels with dots between. */
export const objectName = fc.array(labelName(20), { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));

export const dataKey = fc.oneof(
  from(`${LETTERS}${LETTERS.toUpperCase()}${DIGITS}_-`, 1, 30),
  from(`${LETTERS}_`, 1, 12).map((name) => `${name}.json`),
);

/** Printable text of people, with what YAML and shells like to misread. */
export const text = fc.oneof(
  { weight: 3, arbitrary: from(`${LETTERS} ${DIGITS}`, 0, 20) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replaceAll(/\p{Cc}|\p{Cs}/gu, '')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'yes',
      'null',
      '0644',
      '1e3',
      '~',
      ' a ',
      '- x',
      '# no',
      '"',
      "'",
      '$(echo x)',
      '${HOME}',
      '`x`',
      'a\nb\n',
      '{{ .x }}',
      'ü',
      '🦞',
    ),
  },
);

export const variableName = fc
  .tuple(from(`${LETTERS}${LETTERS.toUpperCase()}_`, 1, 1), from(`${LETTERS.toUpperCase()}${DIGITS}_`, 1, 16))
  .map((parts) => parts.join(''));

const labelValue = fc.oneof(fc.constant(''), labelName(30), fc.constantFrom('A.b_c-1', '4711', 'true'));
const qualifiedName = fc.oneof(
  labelName(30),
  fc.tuple(objectName, labelName(30)).map((parts) => parts.join('/')),
);

export const labels = fc.dictionary(qualifiedName, labelValue, { maxKeys: 3, noNullPrototype: true });
export const annotations = fc.dictionary(qualifiedName, text, { maxKeys: 3, noNullPrototype: true });

export const hostname = fc.oneof(
  { weight: 4, arbitrary: fc.array(labelName(12), { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('.')}.example.com`) },
  { weight: 1, arbitrary: labelName(12).map((name) => `*.${name}.example.com`) },
);

/** Address ranges whose host bits are zero. */
export const cidr = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.0/24`),
  fc.nat(255).map((a) => `192.168.${a}.7/32`),
  fc.nat({ max: 0xffff }).map((a) => `fd00:${a.toString(16)}::/64`),
  fc.constantFrom('0.0.0.0/0', '::/0', '2001:db8:1:2:3:4:5:6/128'),
);

export const port = fc.integer({ min: 1, max: 65535 });

/** CPU as text or number; the value is in thousandths. */
export function cpu(milli: number): fc.Arbitrary<string | number> {
  const whole = milli % 1000 === 0 ? [milli / 1000, String(milli / 1000)] : [];
  return fc.constantFrom<string | number>(`${milli}m`, String(milli / 1000), ...whole);
}

/** Memory or storage as text or number; the value is in MiB. */
export function bytes(mebi: number): fc.Arbitrary<string | number> {
  const gibi = mebi % 1024 === 0 ? [`${mebi / 1024}Gi`] : [];
  return fc.constantFrom<string | number>(`${mebi}Mi`, `${mebi * 1024}Ki`, mebi * 2 ** 20, ...gibi);
}

export const claimSize = fc.integer({ min: 1, max: 4096 }).chain(bytes);

const repositoryPath = fc.array(labelName(12), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const registryHost = fc.constantFrom('registry.example.com', 'registry.example.com:5000', 'localhost:5000', '[fd00::1]:5000');

export const registry = fc.oneof(
  registryHost,
  fc.tuple(registryHost, repositoryPath).map((parts) => parts.join('/')),
);
export const repository = fc.oneof(
  repositoryPath,
  fc.tuple(registryHost, repositoryPath).map((parts) => parts.join('/')),
);
export const tag = fc.constantFrom('latest', '2026.9.6', '2026.6.11', '2026.7.1-2', '1.27-alpine', 'v1_x', '0.5.0');
export const digest = from(`${DIGITS}abcdef`, 64, 64).map((hex) => `sha256:${hex}`);

/** A path inside a workspace: no part begins with a dot. */
export const workspacePath = fc
  .array(
    fc.oneof(
      labelName(12).map((name) => `${name}.md`),
      labelName(12),
      fc.constantFrom('a b', 'ü.txt', 'README', 'x_y-Z.1'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join('/'));

/** An absolute path below a folder that is nobody else's. */
export const mountPath = fc.array(labelName(10), { minLength: 1, maxLength: 3 }).map((parts) => `/mnt/${parts.join('/')}`);
