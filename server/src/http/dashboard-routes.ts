import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EMAIL_STYLE } from '../email/index.ts';
import { fail } from '../errors/index.ts';

/** The built dashboard, held in memory: some 1 MB with its compressed forms. */
export interface DashboardFiles {
  /** The one page, whose paths begin with `./`. */
  html: string;
  /** Everything else by its path below the dashboard, as in `assets/index-1a2b3c.js`. */
  assets: ReadonlyMap<string, DashboardAsset>;
}

interface DashboardAsset {
  type: string;
  plain: Buffer;
  /** By content coding: what the build wrote beside the file. */
  coded: ReadonlyMap<string, Buffer>;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/**
 * Everything comes from this server: no inline script, no foreign host. The outbox draws e-mails in frames that inherit this:
 * their style sheet is let in by its hash, and styles on elements, which e-mails are made of.
 */
const emailStyle = createHash('sha256').update(EMAIL_STYLE).digest('base64');
const policy =
  `default-src 'none'; script-src 'self'; style-src 'self' 'sha256-${emailStyle}'; style-src-attr 'unsafe-inline'; ` +
  "img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Names of built assets carry a hash of what is in them, so they never change. */
const forEver = 'public, max-age=31536000, immutable';

/** Reads the folder that the build of the dashboard wrote. Throws where it is none. */
export function readDashboard(folder: string): DashboardFiles {
  const assets = new Map<string, DashboardAsset>();
  for (const name of readdirSync(join(folder, 'assets'))) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = join(folder, 'assets', name);
    const coded = new Map<string, Buffer>();
    for (const [coding, ending] of codings) {
      const bytes = readIfThere(path + ending);
      if (bytes !== undefined) coded.set(coding, bytes);
    }
    assets.set(`assets/${name}`, { type, plain: readFileSync(path), coded });
  }
  return { html: readFileSync(join(folder, 'index.html'), 'utf8'), assets };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Serves the dashboard under /dashboard/. A path without a file is one of its pages, which the page itself tells apart.
 * On a server of our own `/` leads there.
 */
export function registerDashboard(scope: FastifyInstance, files: DashboardFiles, standalone: boolean): void {
  const base = scope.prefix;
  const page = files.html.replaceAll('"./', `"${base}/dashboard/`);
  const etag = `"${createHash('sha256').update(page).digest('base64url').slice(0, 22)}"`;
  const toPage = (_request: FastifyRequest, reply: FastifyReply) => reply.redirect(`${base}/dashboard/`, 302);
  if (standalone) scope.get('/', toPage);
  scope.get('/dashboard', toPage);
  scope.get('/dashboard/*', (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    const asset = files.assets.get(path);
    if (asset !== undefined) return sendAsset(request, reply, asset);
    if (path.startsWith('assets/')) fail('route_not_found', 'The dashboard has no such file.');
    reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache', etag });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.header('content-type', 'text/html; charset=utf-8').send(page);
  });
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: DashboardAsset): FastifyReply {
  reply.headers({ 'content-type': asset.type, 'cache-control': forEver, vary: 'accept-encoding' });
  for (const [coding, bytes] of asset.coded) {
    if (!takes(request.headers['accept-encoding'], coding)) continue;
    return reply.header('content-encoding', coding).send(bytes);
  }
  return reply.send(asset.plain);
}

/** Whether an Accept-Encoding names a coding, and not with the weight 0. */
function takes(header: string | string[] | undefined, coding: string): boolean {
  return String(header ?? '')
    .split(',')
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .some(([name, weight]) => name === coding && !/^q=0(\.0*)?$/.test(weight ?? ''));
}
