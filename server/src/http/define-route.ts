import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import type { Tx } from '../db/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import type { JsonSource } from '../json/index.ts';
import type { Caller, Scope, Services } from './services.ts';

/**
 * How a route meets the database. `read` and `write` run in one transaction of the tenant; `write`
 * honours an Idempotency-Key by itself. `own` gets no transaction: it opens its own through
 * services.db and keeps `idempotency` with claimKey and completeKey (a charge lies in between).
 */
export type Mode = 'read' | 'write' | 'own';

/** The Idempotency-Key of a request, ready for claimKey. */
export interface IdempotencyClaim {
  key: string;
  namespace: string;
  body_hash: Buffer;
}

/** What a handler is given. */
export interface RouteContext<M extends Mode = Mode, Params = unknown, Query = unknown, Body = unknown> {
  /** The tenant's transaction; undefined in mode `own`. Who switches its tenant switches back. */
  tx: M extends 'own' ? undefined : Tx;
  /** The tenant that is acted for: from the path, else from Tallystick-Tenant, else the key's own. */
  tenant_id: string;
  /** Whether the header Tallystick-Tenant was given. */
  tenant_named: boolean;
  caller: Caller;
  params: Params;
  query: Query;
  body: Body;
  /** The tenant's time at the start of the request. */
  now: Date;
  services: Services;
  /** Set in mode `own` only, where the client sent the header. */
  idempotency: IdempotencyClaim | undefined;
  /** The media type of the body without parameters; application/json where there is none. */
  media_type: string;
  /** The media type to answer in: application/json, or one that the route also answers and the client asked for. */
  accepted: string;
  request_id: string;
  log: FastifyBaseLogger;
}

/** Response schemas by status. They describe JSON: numbers and strings, never bigint or Date. */
export type Responses = Readonly<Record<number, z.ZodType>>;

/** What a handler may answer: one of the declared statuses with a body of its schema. */
export type Answer<R extends Responses> =
  | {
      [Status in keyof R & number]: {
        status: Status;
        /** A bigint may stand where the schema says number, and a Date where it says string. */
        body: JsonSource<z.input<R[Status]>>;
        /** Says Idempotent-Replayed: true. */
        replayed?: boolean;
        headers?: Readonly<Record<string, string>>;
      };
    }[keyof R & number]
  | FileAnswer;

/** A file in the media type that was accepted. `status` is a 200 that no schema describes. */
export interface FileAnswer {
  status: 200 & { readonly file: true };
  bytes: FileBytes;
}

/** A file at once, or part by part where it may be of any size: then each is made when the one before it is on its way. */
export type FileBytes = Uint8Array | AsyncIterable<string>;

/** The parts of a definition that need no generics. */
interface RouteBase {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without the prefix /api/v1/monetization; parameters as `/tenants/:tenant_id`. */
  path: string;
  /** snake_case; the SDK's method is named after it. */
  operation_id: string;
  summary: string;
  description?: string;
  tag: string;
  scope: Scope;
  operator_only?: boolean;
  /** An absent body counts as `{}`. */
  body_optional?: boolean;
  /** Codes this route can answer beyond those that every route can. */
  errors?: readonly ErrorCode[];
  /** Top-level fields of the answer that are shown once: left out of what is stored for replays. */
  secret_fields?: readonly string[];
  /** The path parameter that names a tenant; the handler then runs in that tenant. */
  path_tenant?: string;
  /** A call is tracked, but neither limited nor counted in the summary: what must not fail or cost for that. */
  exempt?: boolean;
  /** The body is an array of rows, each taken or refused by itself: one with a BadRow's text comes as a BadRow. */
  batch?: boolean;
  /** Media types of JSON that are taken beside application/json, each with what its body looks like. */
  also_takes?: Readonly<Record<string, z.ZodType>>;
  /** Media types that are answered beside application/json, as `bytes`, where Accept names one of them first. */
  also_answers?: readonly string[];
}

/** No parameters, query or body at all. */
type NoFields = z.ZodObject<Record<never, never>, z.core.$strict>;

/** What defineRoute takes. */
export interface RouteInput<
  M extends Mode,
  R extends Responses,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
> extends RouteBase {
  mode: M;
  params?: P;
  query?: Q;
  body?: B;
  responses: R;
  handler: (context: RouteContext<M, z.output<P>, z.output<Q>, z.output<B>>) => Promise<Answer<NoInfer<R>>>;
}

/** A definition as the kernel, the OpenAPI document and the generic tests see it. */
export interface Route extends RouteBase {
  mode: Mode;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType;
  responses: Responses;
  handler: (context: RouteContext) => Promise<ErasedAnswer>;
}

/** An answer whose schema is only known at run time. */
export interface ErasedAnswer {
  status: number;
  body?: unknown;
  /** In the media type that was accepted, instead of a body. */
  bytes?: FileBytes;
  replayed?: boolean;
  headers?: Readonly<Record<string, string>>;
}

/** Answers a file where a client asked for one of the route's media types. */
export function fileAnswer(bytes: FileBytes): FileAnswer {
  return { status: 200 as FileAnswer['status'], bytes };
}

const noFields = z.strictObject({});

/**
 * Defines a route once: its validation, OpenAPI entry, scope, idempotency and generic tests follow
 * from this. Params, query and body reach the handler as zod parsed them. A part that is left out
 * takes no fields. Throws at load time where the definition contradicts itself.
 */
export function defineRoute<
  M extends Mode,
  R extends Responses,
  P extends z.ZodType = NoFields,
  Q extends z.ZodType = NoFields,
  B extends z.ZodType = NoFields,
>(input: RouteInput<M, R, P, Q, B>): Route {
  const names = [...input.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  if (names.length > 0 && input.params === undefined) {
    throw new Error(`${input.operation_id}: the path has parameters but params is missing`);
  }
  if (input.path_tenant !== undefined && !names.includes(input.path_tenant)) {
    throw new Error(`${input.operation_id}: path_tenant is not in the path`);
  }
  if (input.method === 'GET' && (input.body !== undefined || input.mode === 'write')) {
    throw new Error(`${input.operation_id}: a GET neither has a body nor writes`);
  }
  const { params = noFields, query = noFields, body = noFields } = input;
  const body_optional = input.body === undefined || input.body_optional === true;
  // The generics end here: the kernel hands the handler exactly what these schemas produced.
  return { ...input, params, query, body, body_optional } as unknown as Route;
}
