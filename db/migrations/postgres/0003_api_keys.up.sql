-- Keys for services. Of the secret only a hash is kept.
create table api_keys (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  scopes jsonb not null,
  secret_hash text not null,
  created_by uuid,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  version integer not null,
  created_at timestamptz(3) not null
);
create index api_keys_page on api_keys (organization_id, created_at, id);
