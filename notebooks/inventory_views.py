"""Charts and tables of the page on the inventory. They take rows of reports and do not query the warehouse."""

import altair as alt
import pandas as pd
from charts import colour_scale, grid, tree
from page_style import GREEN, GREY, ORANGE, RED, dates, gib, or_unknown, percent_text

STATES = {
    "ended": RED,
    "paid support only": ORANGE,
    "ends within 180 days": ORANGE,
    "supported": GREEN,
    "not known": GREY,
}
"""The colour of each state of support."""


def properties(totals: pd.Series) -> pd.DataFrame:
    """Return how many images have each property, and what it means, from a row of the report ``inventory_totals``."""
    rows = [
        ("Encrypted", totals.encrypted, "encrypted with a key of its owner; cannot be shared or published"),
        ("Protected", totals.protected, "cannot be deleted until its owner removes the protection"),
        ("Superseded", totals.deprecated, "deprecated; usable, but not recommended for new servers"),
        ("Not usable", totals.not_active, "deactivated or incomplete; no server can be launched from it"),
    ]
    return pd.DataFrame(
        [(mark, number, percent_text(number, totals.images), means) for mark, number, means in rows],
        columns=["mark", "images", "share", "means"],
    )


def support(rows: pd.DataFrame) -> alt.LayerChart:
    """Draw the years of support that each system has left, from the report ``end_of_life``."""
    order = list(rows.sort_values("left")["system"])
    rows = rows[["system", "left", "state", "images", "servers", "ends_on"]].assign(
        ends_on=dates(rows.ends_on), servers=or_unknown(rows.servers)
    )
    states = colour_scale({name: STATES[name] for name in STATES if name in set(rows.state)})
    base = alt.Chart(rows).encode(y=alt.Y("system:N", title=None, sort=order))
    bars = base.mark_bar().encode(
        x=alt.X("left:Q", title="years of support left", axis=alt.Axis(format="+.0~f")),
        color=alt.Color("state:N", scale=states),
        tooltip=["system", "state", "ends_on", alt.Tooltip("images", format=",d"), "servers"],
    )
    today_line = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#1C2430").encode(x="x:Q")
    return (bars + today_line).properties(width="container", height=alt.Step(22), title="Years of support left")


def coverage(rows: pd.DataFrame) -> alt.LayerChart:
    """Draw the usable images of each family by region, from the report ``region_coverage``."""
    cells = rows[["family", "region", "images", "servers"]].assign(servers=or_unknown(rows.servers))
    title = "Usable images of each family, by region"
    return grid(cells, "region", "family", "images", unit="images", title=title, wide=110)


def family_tree(family: pd.DataFrame) -> alt.LayerChart:
    """Draw the report ``lineage_graph`` as a tree. An image shows its owner if it is another than its parent's."""
    parent_owners = family.parent_image_id.map(family.set_index("image_id").owner)
    owner = (" · " + family.owner).where(family.owner != parent_owners, "")
    more = (" (+" + family.left_out.astype(str) + ")").where(family.left_out > 0, "")
    nodes = family.assign(
        text=family.name + owner + " · " + family.region + more,
        created=dates(family.created_at),
        servers=or_unknown(family.servers),
    )
    columns = ["image_id", "parent_image_id", "depth", "place", "kind", "state", "text", "name", "owner", "region",
               "made_from", "created", "members", "servers"]  # fmt: skip
    return tree(nodes[columns], title=f"The family of {family.name.iloc[0]}")


def unused_images(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of unused images, from the report ``stale``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "kind": rows.kind,
            "GiB": gib(rows.size_bytes),
            "unused days": rows.unused_days,
            "last use": rows.last_use,
            "by": rows.last_used_by,
            "shared with": rows.members,
            "in the way of deletion": rows.in_the_way,
            "frees GiB": gib(rows.freed_bytes),
            "id": rows.image_id,
        }
    )


def images_not_used_by_owner(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``not_used_by_owner``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "kind": rows.kind,
            "GiB": gib(rows.size_bytes),
            "days old": rows.age_days,
            "used by": rows.used_by,
            "tenants": rows.tenants,
            "servers": rows.servers,
            "disks": rows.disks,
            "shared with": rows.members,
            "last used": dates(rows.last_used_at),
        }
    )


def equal_images(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of images with equal files, from the report ``duplicates``."""
    return pd.DataFrame(
        {
            "images": rows.names,
            "how many": rows.images,
            "owners": rows.owners,
            "regions": rows.regions,
            "GiB each": gib(rows.size_bytes),
            "GiB together": gib(rows.all_bytes),
            "GiB in store": gib(rows.stored_bytes),
            "checksum": rows.checksum,
        }
    )


def servers_without_image(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``servers_without_image``."""
    return pd.DataFrame(
        {
            "server": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "state": rows.state,
            "image": rows.image_name.fillna(rows.image_id),
            "image owner": rows.image_owner.fillna("unknown"),
            "the image is": rows.image_state,
            "since": dates(rows.since),
        }
    )


def drift(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``drift``."""
    return pd.DataFrame(
        {
            "found": dates(rows.seen_at),
            "image": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "shared with": rows.tenant,
            "what": rows.what,
            "field": rows.field,
            "was": rows.was,
            "became": rows.became,
        }
    )


def all_images(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of all images, from the report ``inventory``."""
    marks = {"encrypted": rows.encrypted, "protected": rows.protected, "superseded": rows.deprecated}
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "kind": rows.kind,
            "type": rows.image_type,
            "OS": rows.os,
            "GiB": gib(rows.size_bytes),
            "days old": rows.age_days,
            "tenants": rows.members,
            "servers": rows.servers,
            "properties": [" ".join(mark for mark in marks if marks[mark][row]) for row in rows.index],
            "status": rows.status,
            "id": rows.image_id,
        }
    )
