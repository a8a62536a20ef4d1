// Run by patience.slow.ts with a factor of 4: 200 ms become 800.
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => sleep(10), 200);

test('half of the longer deadline is enough', () => sleep(400), 200);

test('the next test has the same hook', () => undefined, 200);

test('more than the longer deadline is too much', () => new Promise(() => undefined), 200);
