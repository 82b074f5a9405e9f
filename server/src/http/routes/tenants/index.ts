import { createApiKeyRoute, listApiKeysRoute, revokeApiKeyRoute, rotateApiKeyRoute } from './api-keys.ts';
import { createTenantRoute, getTenantRoute, listTenantsRoute, updateTenantRoute } from './tenants.ts';
import { createUserRoute, deleteUserRoute, listUsersRoute } from './users.ts';

export const tenantRoutes = [
  createTenantRoute,
  listTenantsRoute,
  getTenantRoute,
  updateTenantRoute,
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  rotateApiKeyRoute,
  createUserRoute,
  listUsersRoute,
  deleteUserRoute,
];
