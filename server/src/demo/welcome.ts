import { currencyDigits } from '../money/index.ts';
import type { DemoSignIns } from './demo-sign-ins.ts';
import type { DemoSummary } from './load-demo.ts';

/** What a newcomer is shown once the server listens: what there is, and commands that work as they stand. */
export function welcome(
  address: string,
  summary: DemoSummary,
  { dashboard, sign_ins }: { dashboard: string | undefined; sign_ins: DemoSignIns },
): string {
  const { example, operator_key } = summary;
  const api = `${address}/api/v1/monetization`;
  return [
    '',
    `A podcast platform is loaded: ${count(summary.tenants)} studios, ${count(summary.uses)} uses of AI in 12 months,`,
    `${count(summary.calls)} API calls in two months,`,
    `${count(summary.tokens_sold)} tokens sold and ${count(summary.tokens_used)} used, ${received(summary)} received.`,
    '',
    `Dashboard       ${dashboard ?? 'not built here'}`,
    `  as operator   ${sign_ins.operator.email}   ${sign_ins.operator.password}`,
    `  as a studio   ${sign_ins.example.email}   ${sign_ins.example.password}`,
    '',
    `API reference   ${address}/docs`,
    `Operator key    ${operator_key}`,
    `A studio        ${example.name}, tenant ${example.tenant_id}`,
    `Its key         ${example.api_key}`,
    'Passwords and keys are new at each start of the demo; the former ones have ended.',
    '',
    'Spend tokens of the studio, and see what the answer says of its receipt:',
    '',
    `curl -s -X POST ${api}/ai-tokens/usage \\`,
    `  -H 'Authorization: Bearer ${example.api_key}' -H 'Content-Type: application/json' \\`,
    `  -d '{"tokens_used": 1500, "feature_type": "content_generation"}'`,
    '',
    'Its balance, grant by grant:',
    '',
    `curl -s ${api}/ai-tokens/balance -H 'Authorization: Bearer ${example.api_key}'`,
    '',
    'Its API calls and what they cost, by endpoint:',
    '',
    `curl -s '${api}/api-usage/summary?group_by=endpoint' -H 'Authorization: Bearer ${example.api_key}'`,
    '',
    'Prove every token, call and cent from the record, in another terminal and in the same folder:',
    '',
    'npx tallystick audit',
    '',
  ].join('\n');
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** The money of each currency in its own form, as in $1,234.50 and ¥12,000. */
function received({ revenue }: DemoSummary): string {
  const amounts = revenue.map(({ currency, received_cents }) => {
    const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
    return format.format(received_cents / 10 ** currencyDigits(currency));
  });
  return new Intl.ListFormat('en-US').format(amounts);
}
