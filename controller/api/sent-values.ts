/** What stands where a value was. */
const MASK = '(withheld)';

/** A part of a value that is this long is taken for the value: servers cut what they quote. Shorter ones occur in any text. */
const WINDOW = 12;

interface Sent {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly stringData?: Readonly<Record<string, unknown>>;
}

function textsOf(values: Readonly<Record<string, unknown>>): string[] {
  return Object.values(values).filter((value): value is string => typeof value === 'string' && value !== '');
}

/** The values of a Secret in the forms in which an answer may repeat them: as they are, in Base64, and as JSON or Go write them in quotes. */
function formsOf(body: unknown): string[] {
  const { data = {}, stringData = {} } = (body ?? {}) as Sent;
  const plain = [...textsOf(data).map((value) => Buffer.from(value, 'base64').toString('utf8')), ...textsOf(stringData)];
  const encoded = [...textsOf(data), ...textsOf(stringData).map((value) => Buffer.from(value).toString('base64'))];
  const escaped = plain.map((value) => JSON.stringify(value).slice(1, -1));
  return [...new Set([...plain, ...encoded, ...escaped])].filter((form) => form !== '');
}

/** Marks every part of `text` that is as long as the window and stands in one of the forms. */
function partsOf(text: string, forms: readonly string[]): Uint8Array {
  const windows = new Set<string>();
  for (const form of forms) for (let at = 0; at + WINDOW <= form.length; at += 1) windows.add(form.slice(at, at + WINDOW));
  const marks = new Uint8Array(text.length);
  for (let at = 0; at + WINDOW <= text.length; at += 1) if (windows.has(text.slice(at, at + WINDOW))) marks.fill(1, at, at + WINDOW);
  return marks;
}

/** A short value is a word like any other, but where it stands in quotes. */
function withoutShort(text: string, forms: readonly string[]): string {
  const short = forms.filter(({ length }) => length < WINDOW);
  return short.reduce((masked, form) => masked.replaceAll(`"${form}"`, `"${MASK}"`).replaceAll(`'${form}'`, `'${MASK}'`), text);
}

/** A text in which no value stands that this body of a Secret has: `found (withheld) in data.token`. */
export function withoutSentValues(text: string, body: unknown): string {
  const forms = formsOf(body);
  const marks = partsOf(text, forms);
  let masked = '';
  for (let at = 0; at < text.length; at += 1) {
    if (marks[at] === 0) masked += text[at];
    else if (at === 0 || marks[at - 1] === 0) masked += MASK;
  }
  return withoutShort(masked, forms);
}
