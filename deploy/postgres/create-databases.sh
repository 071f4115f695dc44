#!/bin/sh
# Run by the image of PostgreSQL when its volume is empty: a database and an owner for Outflow's engine and for Temporal.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set outflow_password="$OUTFLOW_DB_PASSWORD" --set temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role outflow login password :'outflow_password';
create database outflow owner outflow;
create role temporal login password :'temporal_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
SQL
