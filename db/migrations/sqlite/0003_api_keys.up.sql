-- Keys for services. Of the secret only a hash is kept.
create table api_keys (
  id text primary key,
  organization_id text not null references organizations (id),
  name text not null,
  scopes text not null check (json_valid(scopes)),
  secret_hash text not null,
  created_by text,
  expires_at integer,
  last_used_at integer,
  revoked_at integer,
  version integer not null,
  created_at integer not null
) strict;
create index api_keys_page on api_keys (organization_id, created_at, id);
