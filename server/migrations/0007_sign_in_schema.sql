-- Human sign-in. The columns are those that better-auth asks for, under names of ours; its own getMigrations() finds
-- nothing to add, which a test holds. A person is looked up before a tenant is known, so the tables are global: which
-- tenant a user belongs to stands in owner_id, and the root's users are operators.

create table tallystick.sign_in_users (
  id uuid primary key,
  owner_id uuid not null references tallystick.tenants (tenant_id),
  name text not null check (char_length(name) between 1 and 200),
  email text not null unique check (email = lower(email) and char_length(email) between 3 and 254),
  email_verified boolean not null,
  image text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index sign_in_users_by_owner on tallystick.sign_in_users (owner_id, created_at desc, id desc);

create table tallystick.sign_in_sessions (
  id uuid primary key,
  user_id uuid not null references tallystick.sign_in_users (id) on delete cascade,
  token text not null unique,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index sign_in_sessions_user_id_idx on tallystick.sign_in_sessions (user_id);

-- One row a user: the scrypt hash of the password. The other columns are for providers that we do not offer.
create table tallystick.sign_in_accounts (
  id uuid primary key,
  user_id uuid not null references tallystick.sign_in_users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index sign_in_accounts_user_id_idx on tallystick.sign_in_accounts (user_id);

create table tallystick.sign_in_verifications (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index sign_in_verifications_identifier_idx on tallystick.sign_in_verifications (identifier);

-- How often an address has tried to sign in lately; last_request in milliseconds since 1970.
create table tallystick.sign_in_attempts (
  id uuid primary key,
  key text not null unique,
  count integer not null,
  last_request bigint not null
);
