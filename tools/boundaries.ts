import { existsSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rules } from './boundary-rules.ts';

// dependency-cruiser cannot read with TypeScript 7: it would find nothing in any .ts file, and pass. So it gets the
// TypeScript 5.9 of this workspace, whatever it would resolve itself.
const ours = createRequire(import.meta.url);
const typescript = new Map(
  ['typescript', 'typescript/package.json'].map((name) => [name, pathToFileURL(ours.resolve(name)).href]),
);
registerHooks({
  resolve: (specifier, context, next) => {
    const url = typescript.get(specifier);
    return url ? { url, shortCircuit: true } : next(specifier, context);
  },
});
const { cruise } = await import('dependency-cruiser');

/** What a cruise over the imports found. */
export interface Boundaries {
  modules: number;
  imports: number;
  violations: { rule: string; comment: string; from: string; to: string }[];
}

/** Checks the imports below a checkout's root against the rules of boundary-rules.ts. */
export async function checkBoundaries(root: string): Promise<Boundaries> {
  const folders = ['server/src', 'server/test', 'sdk/src', 'dashboard/src', 'examples'];
  const { output } = await cruise(
    folders.filter((folder) => existsSync(join(root, folder))),
    {
      baseDir: root,
      ruleSet: { forbidden: rules },
      validate: true,
      exclude: { path: '(^|/)dist/' },
      doNotFollow: { path: 'node_modules' },
      // Types are imports as well: what an `import type` may slip past is no boundary.
      tsPreCompilationDeps: true,
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['tallystick-source', 'import', 'node', 'default', 'types'],
        extensions: ['.ts', '.tsx', '.js', '.json'],
      },
    },
  );
  if (typeof output === 'string')
    throw new Error('dependency-cruiser gave text where a result was asked for');
  const comments = new Map(rules.map((rule) => [rule.name, rule.comment]));
  return {
    modules: output.modules.filter((module) => /\.tsx?$/.test(module.source)).length,
    imports: output.summary.totalDependenciesCruised ?? 0,
    violations: output.summary.violations.map(({ rule, from, to }) => {
      return { rule: rule.name, comment: comments.get(rule.name) ?? '', from, to };
    }),
  };
}
