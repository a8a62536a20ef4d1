import { ApiError } from '../../../controller/api/errors';
import { failureOf } from '../../../controller/carry-out/failures';

describe('failureOf', () => {
  it('says what to do where a claim would have to change what cannot change', () => {
    const path = 'PATCH /api/v1/namespaces/team-a/persistentvolumeclaims/alice-data';
    const words =
      'PersistentVolumeClaim "alice-data" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests';
    const error = new ApiError(`${path}: the API server answered 422 Invalid: ${words}\n@@ -10,7 +10,7 @@\n`, 422, 'Invalid');
    expect(failureOf(error)).toEqual({
      status: 422,
      reason: 'Invalid',
      message:
        'of a claim that is there only the size can change: set storageClass and accessModes back to what the claim has, or move the data to a new instance',
      transient: false,
    });
  });

  it('passes on what else the server says', () => {
    const error = new ApiError('PATCH /x: the API server answered 422 Invalid: spec.replicas: must be positive', 422, 'Invalid');
    expect(failureOf(error)).toMatchObject({ message: error.message, transient: false });
  });
});
