import { createHash } from 'node:crypto';

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
button { font: inherit; padding: 0.5rem 1.25rem; margin: 1rem 0.75rem 0 0; cursor: pointer; }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: 0.6rem 0; }
`;

/**
 * The policy of a plain page: its own style sheet by its hash, nothing else from anywhere, and forms to `form_actions`
 * alone: sources as CSP writes them.
 */
export function plainPagePolicy(form_actions: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return (
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action ${form_actions}; ` +
    "frame-ancestors 'none'"
  );
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML shows it. */
export function escaped(value: string): string {
  return value.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

/** A page without scripts, in the reader's own colours; `body` is HTML. */
export function plainPage(title: string, body: string): string {
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
