import { compare } from 'bcryptjs';
import type { GeneratedSecret } from '../../../constructs';
import { fillSecret } from '../../../controller/carry-out/generated-secrets';
import { anInstance, rendered, withIngress } from '../../builders';

/** The recipes of the instance that has all of them. */
function recipe(name: string): GeneratedSecret {
  const { references } = rendered(anInstance(withIngress('nginx', { security: { basicAuth: { enabled: true } } })));
  const found = references.find((reference) => reference.name === name)?.generate;
  if (found === undefined) throw new Error(`no recipe for ${name}`);
  return found;
}

describe('the gateway token', () => {
  it('is 32 random bytes in hexadecimal, another one each time', async () => {
    const values = await Promise.all([1, 2, 3].map(async () => (await fillSecret(recipe('alice-gateway-token'), {}))['token']));
    for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(values).size).toBe(3);
  });

  it('that is there is not made again', async () => {
    expect(await fillSecret(recipe('alice-gateway-token'), { token: 'chosen' })).toEqual({});
  });

  it('T87 that is empty is', async () => {
    expect(await fillSecret(recipe('alice-gateway-token'), { token: '' })).toEqual({
      token: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });
});

describe('the password of basic authentication', () => {
  it('T15 is kept beside its bcrypt hash, in the form that both Ingress controllers read', async () => {
    const filled = await fillSecret(recipe('alice-basic-auth'), {});
    expect(Object.keys(filled).toSorted()).toEqual(['auth', 'password', 'username']);
    const [user, hash = ''] = (filled['auth'] ?? '').split(':');
    expect(user).toBe(filled['username']);
    expect(hash).toMatch(/^\$2[aby]\$10\$/);
    expect(await compare(filled['password'] ?? '', hash)).toBe(true);
    expect(filled['password']?.length).toBeGreaterThanOrEqual(32);
  });

  it('that the user chose is the one that is hashed, and only what is missing is written', async () => {
    const filled = await fillSecret(recipe('alice-basic-auth'), { username: 'openclaw', password: 'chosen by hand' });
    expect(Object.keys(filled)).toEqual(['auth']);
    expect(await compare('chosen by hand', filled['auth']?.split(':')[1] ?? '')).toBe(true);
  });

  it('is made anew where only the hash is left, and the hash stays', async () => {
    const filled = await fillSecret(recipe('alice-basic-auth'), { username: 'openclaw', auth: 'openclaw:$2b$10$x' });
    expect(Object.keys(filled)).toEqual(['password']);
  });
});

it('a recipe that needs a key which nothing fills is a mistake of ours', async () => {
  const broken: GeneratedSecret = { type: 'Opaque', keys: { auth: { htpasswd: { user: 'a', passwordKey: 'password' } } } };
  await expect(fillSecret(broken, {})).rejects.toThrow('the recipe for key "auth" needs key "password", which has none');
});
