import { parseArguments } from './arguments.ts';
import { databaseCommand } from './command.ts';

/** Opening the database has migrated it; this says what there was to do. */
export const migrateCommand = databaseCommand({
  name: 'migrate',
  summary: 'applies pending migrations; where roles are missing, prints the SQL for an administrator',
  usage: '',
  parse: (args) => parseArguments(args, {}).values,
  perform: async ({ composition: { db }, beside_server }, _values, output) => {
    const applied = beside_server ? [] : db.applied_migrations;
    for (const name of applied) output.stdout(`applied ${name}\n`);
    if (applied.length === 0) output.stdout('nothing to apply: the database is up to date\n');
    return 0;
  },
});
