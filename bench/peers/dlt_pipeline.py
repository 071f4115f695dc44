"""Reads SOURCE_TABLE as Arrow tables and posts its contacts to DESTINATION_URL, 10,000 a call."""

import os

import dlt
import orjson
import requests
from dlt.sources.sql_database import sql_table

CONTACTS_A_CALL = 10_000
ATTRIBUTES = [
    "first_name", "last_name", "city", "loyalty_tier", "orders_count",
    "ltv", "opted_in", "signed_up_at", "last_order_at", "tags",
]

session = requests.Session()


def contact(row):
    values = {"u." + name: row[name] for name in ATTRIBUTES}
    return {"id": row["email"], "update": {"overwrite": False, "values": values}}


@dlt.destination(
    batch_size=CONTACTS_A_CALL, loader_file_format="parquet", name="batch", max_parallel_load_jobs=1
)
def batch(items, table):
    body = orjson.dumps([contact(row) for row in items.to_pylist()], default=float)
    headers = {"content-type": "application/json"}
    session.post(os.environ["DESTINATION_URL"], data=body, headers=headers, timeout=60).raise_for_status()


source_url = os.environ["SOURCE_URL"].replace("postgresql:", "postgresql+psycopg2:", 1)
contacts = sql_table(
    source_url,
    table=os.environ["SOURCE_TABLE"],
    backend="pyarrow",
    chunk_size=CONTACTS_A_CALL,
    included_columns=["email", *ATTRIBUTES],
)
contacts.max_table_nesting = 0
dlt.pipeline("contacts", destination=batch()).run(contacts, write_disposition="append")
