"""Charts and tables of the page on sharing. They take rows of reports and do not query the warehouse."""

import altair as alt
import pandas as pd
from charts import STEP, colour_scale
from page_style import BLUE, GREEN, ORANGE, RED, UNKNOWN, Figure, at_least, count_of, dates

NEAR_PERCENT = 80
"""From this use of the limit on, a bar is red."""

CHANGES = {"made": GREEN, "stopped": RED, "accepted": BLUE, "rejected": ORANGE}


def changes_by_month(growth: pd.DataFrame) -> alt.Chart:
    """Draw how many shares were created, stopped, accepted and rejected per month, from ``sharing_growth``."""
    rows = growth.groupby("month", as_index=False)[list(CHANGES)].sum()
    rows = rows.melt("month", var_name="what", value_name="shares")
    rows = rows.assign(
        at=rows.month.astype(str),
        shares=rows.shares.astype(float),
        what=rows.what.str.replace("made", "created"),
    )
    colours = {name.replace("made", "created"): colour for name, colour in CHANGES.items()}
    return (
        alt.Chart(rows[["at", "what", "shares"]])
        .mark_line(point=True)
        .encode(
            x=alt.X("yearmonth(at):T", title=None, axis=alt.Axis(format="%b %Y", labelOverlap=True)),
            y=alt.Y("shares:Q", title="shares", axis=alt.Axis(format=",d", tickMinStep=1)),
            color=alt.Color("what:N", scale=colour_scale(colours)),
            tooltip=[
                "what",
                alt.Tooltip("yearmonth(at):T", format="%B %Y", title="month"),
                alt.Tooltip("shares", format=",d"),
            ],
        )
        .properties(width="container", height=220, title="Changes of shares in the month")
    )


def used_limit(rows: pd.DataFrame) -> alt.Chart:
    """Draw how much of the limit of tenants each image uses, from the report ``near_limit``."""
    rows = rows.assign(image=rows.owner + " / " + rows.name, id=rows.image_id, limit=rows.most, left=rows.left_over)
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("used_percent:Q", title="percent of the limit", scale=alt.Scale(domain=[0, 100], clamp=True)),
            y=alt.Y("image:N", title=None, sort="-x"),
            color=alt.condition(alt.datum.used_percent >= NEAR_PERCENT, alt.value(RED), alt.value(BLUE)),
            tooltip=["image", "region", "members", "limit", "left", "id"],
        )
        .properties(width="container", height=STEP, title="Used part of the limit")
    )


def exposure_figures(row: pd.Series) -> list[Figure]:
    """Return the key figures of one tenant, from a row of the report ``exposure_totals``."""
    uses = [row.servers_on_shared, row.servers_on_marketplace, row.servers_on_public]
    on_others = sum(servers for servers in uses if pd.notna(servers))
    unknown = sum(pd.isna(servers) for servers in uses) + row.use_unknown
    days = row.longest_pending_in_days
    oldest = f"the oldest unanswered for {count_of(days, 'day')}" if pd.notna(days) else ""
    return [
        Figure(f"{row.open_images:,}", "of its images others can use", f"of {count_of(row.images, 'image')}"),
        Figure(f"{row.recipients:,}", "tenants have a share", f"{count_of(row.shares_out, 'share')} in total"),
        Figure(at_least(row.others_servers, row.use_unknown), "servers of others on its images"),
        Figure(f"{row.near_limit:,}", "images near the limit of tenants"),
        Figure(f"{row.shares_in:,}", "images that others share with it",
               oldest or f"by {count_of(row.sharers, 'tenant')}"),
        Figure(at_least(on_others, unknown), "of its servers on images of others",
               f"of {at_least(row.servers, unknown)}; {at_least(row.servers_on_shared, unknown)} by a share"),
        Figure(at_least(row.servers_on_lost, unknown), "servers on images it can no longer use"),
    ]  # fmt: skip


def unanswered_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``pending_shares``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "shared with": rows.tenant,
            "region": rows.region,
            "since": dates(rows.shared_at),
            "days waiting": rows.waiting_days,
        }
    )


def unused_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``unused_shares``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "shared with": rows.tenant,
            "region": rows.region,
            "status": rows.status,
            "shared on": dates(rows.shared_at),
            "used": rows.used,
            "last used": dates(rows.last_used_at),
            "unused days": rows.unused_days,
        }
    )


def losses(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of what recipients would lose, from the report ``if_unshared``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "recipient": rows.tenant,
            "region": rows.region,
            "servers": rows.servers,
            "running": rows.running,
            "disks": rows.disks,
            "which": rows.server_names.fillna(""),
            "no risk because": [
                "it has a copy" if row.own_copy else "the image is on sale" if row.on_sale else ""
                for row in rows.itertuples()
            ],
            "shared on": dates(rows.shared_at),
        }
    )


def exposure(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``exposure``. Use is unknown for rows without a count of servers."""
    return pd.DataFrame(
        {
            "other tenant": rows.other,
            "direction": rows.direction.map({"out": "uses its images", "in": "shares images with it"}),
            "images": rows.images,
            "accepted": rows.accepted,
            "unanswered": rows.pending,
            "rejected": rows.rejected,
            "servers": rows.servers,
            "disks": rows.disks,
            "last used": dates(rows.last_used_at).where(rows.servers.notna() | rows.last_used_at.notna(), UNKNOWN),
        }
    )


def possible_users(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the report ``who_could_use``."""
    return pd.DataFrame(
        {
            "tenant": rows.tenant,
            "could use it": rows.way.where(rows.could_use, "no: " + rows.why_not.fillna("")),
            "status": rows.member_status.fillna(""),
            "since": dates(rows.since),
            "until": dates(rows.until),
            "servers on it": rows.servers,
        }
    )


def images_that_cannot_be_shared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of images that break a rule, from the report ``cannot_be_shared``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "region": rows.region,
            "rule": rows.rule_id,
            "why": rows.because,
            "id": rows.image_id,
        }
    )


def all_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of all shares, from the report ``sharing``."""
    return pd.DataFrame(
        {
            "image": rows.name,
            "owner": rows.owner,
            "shared with": rows.tenant,
            "region": rows.region,
            "status": rows.status,
            "shared on": dates(rows.shared_at),
            "accepted on": dates(rows.accepted_at),
            "days": rows.shared_days,
        }
    )
