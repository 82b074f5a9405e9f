import { type ErrorCode, type ErrorEntry, errorEntry, errorRegistry } from '../errors/index.ts';
import { escaped, plainPage, plainPagePolicy } from './plain-page.ts';

/** The policy of the error pages, which have no forms. */
export const errorPagePolicy = plainPagePolicy("'none'");

/** The page of one code; `base` is the prefix the server is mounted at, empty as a rule. */
export function errorPage(code: ErrorCode, base: string): string {
  const entry: ErrorEntry = errorEntry(code);
  return plainPage(
    entry.title,
    `<p class="status"><a href="${base}/docs/errors">Errors</a> / <code>${code}</code>, HTTP ${entry.status}</p>
<h1>${escaped(entry.title)}</h1>
<p>${escaped(entry.explanation)}</p>
<h2>What to do</h2>
<p>${escaped(entry.remedy)}</p>`,
  );
}

/** The page that lists every code. */
export function errorIndexPage(base: string): string {
  const rows = (Object.keys(errorRegistry) as ErrorCode[])
    .toSorted()
    .map((code) => {
      const entry = errorEntry(code);
      return `<li><a href="${base}/docs/errors/${code}"><code>${code}</code></a> <span class="status">${entry.status}</span><br>${escaped(entry.title)}</li>`;
    })
    .join('\n');
  return plainPage(
    'Errors',
    `<h1>Errors</h1>
<p>Every refusal is an <code>application/problem+json</code> document with one of these codes.</p>
<ul>
${rows}
</ul>`,
  );
}
