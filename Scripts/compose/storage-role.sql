-- The superuser runs this once, when the volume of `storage` is new. It creates the role of sluiced, which owns its
-- schema and nothing else. sluiced checks the rights that it needs when it starts.
\set password `cat /run/secrets/storage_role_password`
CREATE ROLE sluice LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE sluice FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE sluice TO sluice;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA sluice AUTHORIZATION sluice;
