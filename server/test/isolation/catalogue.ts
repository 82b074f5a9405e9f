import { sql } from 'kysely';
import type { Database } from '../../src/db/index.ts';

/** A table of the schema as the catalogue has it. */
export interface CatalogueTable {
  name: string;
  /** `tenant_id`, or `owner_id` in a directory; null where neither column is there. */
  tenant_column: 'tenant_id' | 'owner_id' | null;
  /** The table it is a partition of. */
  partition_of: string | null;
  columns: string[];
  row_security: boolean;
  forced: boolean;
  owned_by: string;
}

/** Every table and partition of the schema tallystick, read from pg_class and never from a list of ours. */
export async function readTables(db: Database): Promise<CatalogueTable[]> {
  const found = await db.asOwner((tx) =>
    sql<CatalogueTable>`
      select c.relname::text as name, parent.relname::text as partition_of, c.relrowsecurity as row_security,
        c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner)::text as owned_by,
        array(select attname::text from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by attnum) as columns,
        (select attname::text from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
          and attname in ('tenant_id', 'owner_id') order by attname desc limit 1) as tenant_column
      from pg_class c
      left join pg_inherits i on i.inhrelid = c.oid
      left join pg_class parent on parent.oid = i.inhparent
      where c.relnamespace = 'tallystick'::regnamespace and c.relkind in ('r', 'p', 'f', 'm')
      order by c.relname`.execute(tx),
  );
  return found.rows;
}

/** Who may do what with a relation, or with one column of it. PUBLIC is a grantee like any other. */
export interface Privilege {
  relation: string;
  /** Null for a privilege on the whole relation. */
  column: string | null;
  grantee: string;
  privilege: string;
}

/**
 * Every privilege on a relation of the schema that anyone but its owner has, from the access lists themselves:
 * information_schema leaves out what the reader has no part in.
 */
export async function readPrivileges(db: Database): Promise<Privilege[]> {
  const found = await db.asOwner((tx) =>
    sql<Privilege>`
      with acl as (
        select c.oid, c.relowner, null::name as attname, c.relacl as acl from pg_class c
        where c.relnamespace = 'tallystick'::regnamespace
        union all
        select c.oid, c.relowner, a.attname, a.attacl from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
        where c.relnamespace = 'tallystick'::regnamespace)
      select oid::regclass::text as relation, attname::text as column, lower(x.privilege_type) as privilege,
        case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee)::text end as grantee
      from acl, lateral aclexplode(acl.acl) x
      where x.grantee <> relowner
      order by 1, 2, 3, 4`.execute(tx),
  );
  return found.rows.map((row) => ({ ...row, relation: row.relation.replace(/^tallystick\./, '') }));
}
