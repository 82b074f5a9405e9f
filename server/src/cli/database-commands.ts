import { auditCommand } from './audit.ts';
import { backupCommand } from './backup.ts';
import { billingCommand } from './billing.ts';
import type { DatabaseCommand } from './command.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';

/** The commands that a server runs for others over its control socket. */
export const databaseCommands: readonly DatabaseCommand[] = [
  migrateCommand,
  keysCommand,
  auditCommand,
  billingCommand,
  backupCommand,
];
