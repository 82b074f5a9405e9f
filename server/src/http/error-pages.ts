import { createHash } from 'node:crypto';
import { type ErrorCode, type ErrorEntry, errorEntry, errorRegistry } from '../errors/index.ts';

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fdfcf9; --soft: #5b6470; --line: #ddd8cc; --link: #0b5c8a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --paper: #16191d; --soft: #a3abb5; --line: #363c44; --link: #7cc4f0; }
}
body { margin: 0 auto; max-width: 42rem; padding: 2.5rem 1.25rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.25rem 0 1rem; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 0.25rem; }
code { font: 0.95em ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: var(--link); }
p { margin: 0.25rem 0; }
.status { color: var(--soft); }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: 0.6rem 0; }
`;

/** The policy of the error pages: their own style sheet by its hash, and nothing else from anywhere. */
export const errorPagePolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(value: string): string {
  return value.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} - Tallystick</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** The page of one code; `base` is the prefix the server is mounted at, empty as a rule. */
export function errorPage(code: ErrorCode, base: string): string {
  const entry: ErrorEntry = errorEntry(code);
  return page(
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
  return page(
    'Errors',
    `<h1>Errors</h1>
<p>Every refusal is an <code>application/problem+json</code> document with one of these codes.</p>
<ul>
${rows}
</ul>`,
  );
}
