import { join } from 'node:path';
import { checkBoundaries } from './boundaries.ts';

const { modules, imports, violations } = await checkBoundaries(join(import.meta.dirname, '..'));
for (const { rule, comment, from, to } of violations)
  console.error(`${rule}: ${from} -> ${to}\n  ${comment}`);
console.log(`boundaries: ${imports} imports of ${modules} modules, ${violations.length} violations`);
// Without TypeScript the tool sees nothing and finds no fault with it.
if (modules === 0 || imports === 0) console.error('boundaries: nothing was read, so nothing was checked');
if (violations.length > 0 || modules === 0 || imports === 0) process.exitCode = 1;
