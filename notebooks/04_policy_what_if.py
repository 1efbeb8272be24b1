# %% [markdown]
# # Policy what-if
#
# What another profile, or another number in a profile, would change for the existing images and servers.

# %% tags=["parameters"]
warehouse = "../var/warehouse.duckdb"
as_of = None
region = None
tenant = None
profile = "seed"
other_profile = None
limit = None

# %%
from datetime import UTC, datetime

import pandas as pd
from charts import both_ways
from IPython.display import Markdown, display
from page_style import (
    Figure,
    count_of,
    empty_page,
    figures,
    in_region,
    page_header,
    percent_text,
    summary,
    summary_list,
    table,
)  # fmt: skip

from data.read import report, warehouse_state

SELECTION = {
    "share_image": "images could be shared with one more tenant",
    "copy_image": "images could be copied to another region",
    "import_image": "images could be imported as they are",
    "change_os": "servers could get their image again",
    "capture_server": "servers could be captured",
}
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
if other_profile is None and limit is None:
    other_profile = "otc" if profile != "otc" else "seed"
selection = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
policies = {"profile": profile, "other_profile": other_profile, "limit": limit}
then = ", ".join(filter(None, (other_profile or profile, limit)))
state = warehouse_state(warehouse)
numbers = report("policy_numbers", warehouse=warehouse, as_of=as_of, **policies)
rules = pd.concat(
    [report("policy_rules", **selection, **policies, action=action) for action in SELECTION], ignore_index=True
)
rules = rules.sort_values(["newly", "no_longer", "rule_id"], ascending=[False, False, True], ignore_index=True)
beyond = report("beyond_limit", **selection, **policies, top=300)
some = len(rules) > 0 and rules.things.max() > 0
moved = rules[(rules.newly > 0) | (rules.no_longer > 0)]
actions = rules.drop_duplicates("action").set_index("action")

# %%
page_header(state, as_of, region=region, tenant=tenant, rules_today=profile, rules_then=then)

# %%
empty_page(
    f"There are no images or servers{f' of tenant {tenant}' if tenant else ''} {in_region(region)} at that time.",
    f"There are images in {', '.join(state.regions)}." if state.regions else "The warehouse is empty.",
) if not some else None


# %%
def changed(row: pd.Series) -> str:
    """Return the difference from today, as text."""
    difference = row.allowed_then - row.allowed_now
    return f"{difference:+,}; today {row.allowed_now:,}" if difference else "as today"


figures(
    *(
        Figure(f"{row.allowed_then:,}", SELECTION[action], changed(row))
        for action, row in actions.loc[[name for name in SELECTION if name in actions.index]].iterrows()
        if row.things
    ),
    Figure(f"{int(beyond.all_beyond.max()) if len(beyond) else 0:,}", "existing shares would exceed the limit",
           f"of {count_of(int(beyond.images.max()), 'image') if len(beyond) else 'no image'}"),
) if some else None  # fmt: skip

# %% [markdown]
# ## Summary
#
# The policy judges all existing images and servers twice: with today's numbers and with the other ones.

# %%
STRICTEST = moved.sort_values("newly", ascending=False).head(1)
LOOSEST = moved.sort_values("no_longer", ascending=False).head(1)
(
    summary_list(
        f"**{int(numbers.differs.sum())}** of {len(numbers)} numbers and switches would be different"
        f" under **{then}** instead of **{profile}**.",
        *(
            f"Stricter: `{row.rule_id}` would deny **{count_of(row.newly, 'more request')}** of `{row.action}`"
            f" ({percent_text(row.newly, row.things)} of all)."
            for row in STRICTEST.itertuples()
            if row.newly
        ),
        *(
            f"Less strict: `{row.rule_id}` would no longer deny **{count_of(row.no_longer, 'request')}**"
            f" of `{row.action}` ({percent_text(row.no_longer, row.things)} of all)."
            for row in LOOSEST.itertuples()
            if row.no_longer
        ),
        "" if len(moved) else "No verdict would change.",
    )
    if some
    else None
)

# %% [markdown]
# ## Rules with other verdicts
#
# The number of images or servers that a rule would newly deny (right), and would no longer deny (left). Each image is
# judged for a share with one more tenant, for a copy to another region, and for an import as it is, after the images
# that were created before it. Each server is judged for a change of OS to the image that it has.

# %%
changes = moved.assign(rule=moved.rule_id + " · " + moved.action.str.replace("_", " "), newly_denied=moved.newly)
changes = changes.assign(no_longer_denied=changes.no_longer)
both_ways(
    changes, "rule", left="no_longer_denied", right="newly_denied", unit="images or servers",
    title=f"Changes by {then}, by rule",
) if len(moved) else None  # fmt: skip

# %%
COUNTS = {"rule_id": "Rule", "action": "Action", "things": "Judged", "objects_now": "Denied today",
          "objects_then": "Would be denied", "newly": "Newly", "no_longer": "No longer",
          "source": "Source"}  # fmt: skip
summary(moved.assign(action=moved.action.str.replace("_", " ")), COUNTS) if len(moved) else None

# %% [markdown]
# ## Different numbers
#
# The numbers and switches that differ: today's value and the other one.

# %%
NUMBERS = {"name": "Number or switch", "value_now": f"{profile} (today)", "value_then": then, "since": "Since",
           "source": "Source"}  # fmt: skip
differ = numbers[numbers.differs]
summary(differ, NUMBERS) if len(differ) and some else None

# %% [markdown]
# ## Shares above the limit
#
# Images that are shared with more tenants than the other limit allows. A lower limit stops no existing share; but no
# tenant could be added until enough shares were stopped.

# %%
if len(beyond):
    table(
        pd.DataFrame(
            {
                "image": beyond.name,
                "owner": beyond.owner,
                "region": beyond.region,
                "type": beyond.image_type,
                "tenants": beyond.members,
                "limit": beyond.most,
                "above the limit": beyond.beyond,
                "id": beyond.image_id,
            }
        )
    )

# %% [markdown]
# ## All changes
#
# The images and servers of each rule by name, at most 200 per rule, with what to do instead.

# %%
each = [
    report("policy_changes", **selection, **policies, top=200, action=action) for action in sorted(set(moved.action))
]
listed = pd.concat(each, ignore_index=True) if each else []
if len(listed):
    table(
        pd.DataFrame(
            {
                "change": listed.change.map({"newly": "newly denied", "no longer": "no longer denied"}),
                "rule": listed.rule_id,
                "what": listed.name,
                "owner": listed.owner,
                "region": listed.region,
                "why": listed.because,
                "instead": listed.remedy.where(listed.change == "newly", ""),
                "id": listed.thing_id,
            }
        )
    )
elif some:
    display(Markdown("None."))
