export { type AuditResult, type CheckResult, runAudit } from './run-audit.ts';
