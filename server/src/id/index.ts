export { hashApiKey, hashTextOfApiKey, hasValidChecksum, makeApiKey } from './api-key.ts';
export { newId, ROOT_TENANT_ID, timeOfId } from './id.ts';
export { makePassword } from './password.ts';
export { type Random, systemRandom } from './random.ts';
