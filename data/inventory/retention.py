"""Which images a retention policy has go now. ``judged.sql`` decides it for all images and rules at once."""

from datetime import datetime

import duckdb
import pyarrow as pa

from data.warehouse.pipeline import rows, run, step
from domain.retention import FAMILY, Due, RetentionPolicy, Spared, Sweep, Swept

_RULE = pa.schema(
    {
        "rule": pa.int32(),
        "owner": pa.string(),
        "region": pa.string(),
        "image_name": pa.string(),
        "tag": pa.string(),
        "image_type": pa.string(),
        "keep_last": pa.int64(),
        "older_than_days": pa.int32(),
        "unused_days": pa.int32(),
    }
)


def sweep(
    con: duckdb.DuckDBPyConnection, policy: RetentionPolicy, moment: datetime, now: datetime, cloud: str
) -> Sweep:
    """What a policy has done to which images; nothing is done yet.

    Args:
        con: a connection to the warehouse; it gets temporary tables.
        policy: the policy.
        moment: the time from which ages and notice are counted back.
        now: up to when use counts, and when an image must not be shared, used or on sale. Later than ``moment`` where
            a sweep that was due then is done, or done again, later: so it takes nothing that it would not have taken.
        cloud: the cloud that is acted on; what lies elsewhere is only read.
    """
    rules = [{"rule": place, **rule.model_dump(mode="json")} for place, rule in enumerate(policy.rules)]
    con.register("retention_rule", pa.Table.from_pylist(rules, schema=_RULE))
    values = {"moment": moment, "now": now, "notice_days": policy.notice_days, "family": FAMILY, "cloud": cloud}
    run(con, step("inventory/sql/retention/judged"), **values)
    con.unregister("retention_rule")
    due, spared = (rows(con, f"inventory/sql/retention/{name}") for name in ("due", "spared"))
    return Sweep(
        tuple(Swept(rule, Due(verdict), *image) for rule, verdict, *image in due),
        {(rule, Spared(verdict)): images for rule, verdict, images in spared},
    )
