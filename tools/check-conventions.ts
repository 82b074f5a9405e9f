import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edges, leaves } from './boundary-rules.ts';

/** What AGENTS.md asks for and neither Biome nor the boundaries can see. Answers one line for each breach. */
export function breachesIn(root: string): string[] {
  return [...foldersIn(root), ...namesIn(root), ...migrationsIn(root), ...pathsIn(root, 'AGENTS.md')];
}

function foldersIn(root: string): string[] {
  const source = join(root, 'server/src');
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => {
    const isDomain = ![...leaves, ...edges, 'request-keys'].includes(name);
    const needed = isDomain ? ['index.ts', 'README.md'] : ['index.ts'];
    return needed
      .filter((file) => !existsSync(join(source, name, file)))
      .map((file) => `server/src/${name} has no ${file}`);
  });
}

function namesIn(root: string): string[] {
  const files = globSync('{server,sdk,dashboard,tools,examples,bench}/**/*.{ts,tsx}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  });
  return files
    .filter((file) => /(^|[/.-])(utils?|helpers?|common|misc|shared)([/.-]|$)/.test(file))
    .map((file) => `${file} is named after nothing: name it after what it exports`);
}

function migrationsIn(root: string): string[] {
  const files = globSync('*.sql', { cwd: join(root, 'server/migrations') }).sort();
  return files.flatMap((file, index) => {
    const number = String(index + 1).padStart(4, '0');
    if (!/^\d{4}_[a-z0-9_]+_(schema|policies)\.sql$/.test(file)) {
      return [`server/migrations/${file} is not named NNNN_name_schema.sql or NNNN_name_policies.sql`];
    }
    return file.startsWith(number) ? [] : [`server/migrations/${file} should have the number ${number}`];
  });
}

/** A guide that names a file to imitate is wrong once that file is gone. */
function pathsIn(root: string, guide: string): string[] {
  const text = existsSync(join(root, guide)) ? readFileSync(join(root, guide), 'utf8') : '';
  const paths = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)`/g)].map((match) => match[1] ?? '');
  return paths
    .filter((path) => !path.startsWith('node_modules/') && !existsSync(join(root, path)))
    .map((path) => `${guide} names ${path}, which is not there`);
}

if (import.meta.main) {
  const breaches = breachesIn(join(import.meta.dirname, '..'));
  for (const breach of breaches) console.error(breach);
  console.log(`conventions: ${breaches.length} breaches`);
  if (breaches.length > 0) process.exitCode = 1;
}
