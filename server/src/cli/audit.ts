import { type AuditResult, type CheckResult, runAudit } from '../audit/index.ts';
import { parseArguments } from './arguments.ts';
import { databaseCommand } from './command.ts';

/** Recomputes everything from the record: exit 0 where all agrees, else 1. */
export const auditCommand = databaseCommand({
  name: 'audit',
  summary: 'recomputes every balance from the record; exit 1 where one differs',
  usage: '[--json]',
  parse: (args) => parseArguments(args, { json: { type: 'boolean', default: false } }).values,
  perform: async ({ composition: { db } }, { json }, output) => {
    const result = await runAudit(db);
    output.stdout(json ? `${JSON.stringify(result)}\n` : asText(result));
    return result.ok ? 0 : 1;
  },
});

function asText(result: AuditResult): string {
  const counts = `${result.entries.toLocaleString('en')} entries of ${result.tenants.toLocaleString('en')} tenants`;
  const verdict = result.ok ? `all agree: ${counts}` : `something differs: ${counts}`;
  return `${[...result.checks.map(checkLine), verdict].join('\n')}\n`;
}

function checkLine({ check, says, difference }: CheckResult): string {
  const name = check.padEnd(13);
  return difference
    ? `DIFF  ${name} tenant ${difference.tenant_id}: ${difference.detail}`
    : `ok    ${name} ${says}`;
}
