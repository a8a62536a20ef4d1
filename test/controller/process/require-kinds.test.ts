import { ApiError } from '../../../controller/api/errors';
import { SetupError } from '../../../controller/api/setup-error';
import { requireOwnKinds } from '../../../controller/process/require-kinds';
import type { FakeApi } from '../fake-api';
import { aServer } from '../world';
import { FakeClock } from '../api/fake-clock';

const subject = (): FakeApi => aServer(new FakeClock());

describe('a run that is to end', () => {
  it('begins where both CRDs are installed', async () => {
    await expect(requireOwnKinds(subject())).resolves.toBeUndefined();
  });

  it.each([
    ['openclawinstances', 'OpenClawInstance'],
    ['openclawclusterdefaults', 'OpenClawClusterDefaults'],
  ])('ends at once where %s is not served, and says what to apply', async (plural, kind) => {
    const api = subject();
    api.absent.add(plural);
    const message = `the cluster has no ${kind}: its CRD is not installed; apply what openclaw-cdk8s install prints`;
    const refused = requireOwnKinds(api);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(SetupError);
  });

  it('ends with the refusal where it may not list: no instances to be seen are not no instances', async () => {
    const api = subject();
    api.fail(new ApiError('forbidden', 403, 'Forbidden'));
    await expect(requireOwnKinds(api)).rejects.toMatchObject({ status: 403 });
  });
});
