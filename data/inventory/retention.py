"""Retention: select the images that a retention policy removes. ``judged.sql`` judges all images and rules at once."""

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
    """Return the actions that are due for each image, and how many images each rule spares. Executes no action.

    Args:
        con: a connection to the warehouse. This function creates temporary tables on it.
        policy: the policy.
        moment: the time of the sweep, UTC. Ages and notice are counted back from it.
        now: the present time, UTC. Use counts up to it, and an image that is shared, used or on sale now is spared.
            ``now`` is later than ``moment`` if a sweep runs late or is repeated. A later ``now`` only spares more
            images.
        cloud: the cloud that actions change. Images on other clouds are not selected.
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
