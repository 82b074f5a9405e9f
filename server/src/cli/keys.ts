import { z } from 'zod';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { createApiKey, SCOPES, type Scope } from '../tenants/index.ts';
import { parseArguments } from './arguments.ts';
import { databaseCommand, UsageError } from './command.ts';

interface KeyArguments {
  tenant_id: string;
  name: string;
  scopes: readonly Scope[];
}

/** Prints a new API key, once: the key alone on stdout, so that a script can take it. */
export const keysCommand = databaseCommand({
  name: 'keys',
  summary: 'prints a new API key once',
  usage: 'create --operator | --tenant ID [--name NAME] [--scopes read,write,admin]',
  parse: parseKeyArguments,
  perform: async ({ composition: { db, clock, services } }, { tenant_id, ...request }, output) => {
    const context = { tenant_id, now: clock.now(tenant_id), newId: services.newId };
    const made = await db.inTenant(tenant_id, (tx) => createApiKey(tx, context, request));
    output.stdout(`${made.api_key}\n`);
    output.stderr(
      `API key ${made.api_key_id} with the scopes ${made.scopes.join(', ')}; it is not shown again\n`,
    );
    return 0;
  },
});

function parseKeyArguments(args: readonly string[]): KeyArguments {
  const { values, positionals } = parseArguments(
    args,
    {
      operator: { type: 'boolean', default: false },
      tenant: { type: 'string' },
      name: { type: 'string', default: 'made by the CLI' },
      scopes: { type: 'string' },
    },
    ['create'],
  );
  if (positionals[0] !== 'create') throw new UsageError(`there is no keys ${positionals[0]}`);
  if (values.operator === (values.tenant !== undefined))
    throw new UsageError('it takes either --operator or --tenant ID');
  if (values.name.length < 1 || values.name.length > 200)
    throw new UsageError('--name takes 1 to 200 characters');
  const tenant = z
    .guid()
    .toLowerCase()
    .safeParse(values.tenant ?? ROOT_TENANT_ID);
  if (!tenant.success) throw new UsageError('--tenant takes a UUID');
  // An operator's key is there to run the place; a tenant's gets what the API would give it.
  const unnamed = values.operator ? SCOPES : (['read', 'write'] as const);
  return { tenant_id: tenant.data, name: values.name, scopes: parseScopes(values.scopes) ?? unnamed };
}

function parseScopes(text: string | undefined): Scope[] | undefined {
  return text?.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (scope === undefined) throw new UsageError(`--scopes takes ${SCOPES.join(', ')} with commas between`);
    return scope;
  });
}
