import type { EmailContent, EmailKind } from './content.ts';

/** Facts as the database keeps them: bigints and times are marked, so that they come back as they went. */
export function factsText({ facts }: EmailContent): string {
  return JSON.stringify(facts, function (this: Record<string, unknown>, name, value: unknown) {
    const plain = this[name];
    if (plain instanceof Date) return { time: plain.toISOString() };
    return typeof value === 'bigint' ? { integer: String(value) } : value;
  });
}

/** The content of a row. `facts` were written by factsText() under the same kind. */
export function contentOf(kind: EmailKind, facts: unknown): EmailContent {
  return { kind, facts: revived(facts) } as EmailContent;
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [name, inner] = entries[0] ?? [];
    if (name === 'time') return new Date(String(inner));
    if (name === 'integer') return BigInt(String(inner));
  }
  return Object.fromEntries(entries.map(([name, inner]) => [name, revived(inner)]));
}
