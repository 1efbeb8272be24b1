# %% [markdown]
# # Policy what-if
#
# What another rule profile, or another number, would change for the images and servers there are.

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
from look import Figure, figures, in_short, many, nothing, opening, percent, place_of, summary, table

from data.read import report, warehouse_state

ASKED = {
    "share_image": "images could be shared with one tenant more",
    "copy_image": "images could be copied to another region",
    "import_image": "images could be imported as they are",
    "change_os": "servers could be given their image again",
    "capture_server": "servers could be made an image of",
}
as_of = as_of or datetime.now(UTC).isoformat(timespec="seconds")
if other_profile is None and limit is None:
    other_profile = "otc" if profile != "otc" else "seed"
asked = {"warehouse": warehouse, "as_of": as_of, "region": region, "tenant": tenant}
policies = {"profile": profile, "other_profile": other_profile, "limit": limit}
then = ", ".join(filter(None, (other_profile or profile, limit)))
state = warehouse_state(warehouse)
numbers = report("policy_numbers", warehouse=warehouse, as_of=as_of, **policies)
rules = pd.concat([report("policy_rules", **asked, **policies, action=action) for action in ASKED], ignore_index=True)
rules = rules.sort_values(["newly", "no_longer", "rule_id"], ascending=[False, False, True], ignore_index=True)
beyond = report("beyond_limit", **asked, **policies, top=300)
some = len(rules) > 0 and rules.things.max() > 0
moved = rules[(rules.newly > 0) | (rules.no_longer > 0)]
actions = rules.drop_duplicates("action").set_index("action")

# %%
opening(state, as_of, region=region, tenant=tenant, rules_today=profile, rules_then=then)

# %%
nothing(
    f"There are no images or servers{f' of tenant {tenant}' if tenant else ''} {place_of(region)} at that time.",
    f"There are images in {', '.join(state.regions)}." if state.regions else "The warehouse is empty.",
) if not some else None


# %%
def changed(row: pd.Series) -> str:
    """How many more or fewer than today."""
    more = row.allowed_then - row.allowed_now
    return f"{more:+,}; today {row.allowed_now:,}" if more else "as today"


figures(
    *(
        Figure(f"{row.allowed_then:,}", ASKED[action], changed(row))
        for action, row in actions.loc[[name for name in ASKED if name in actions.index]].iterrows()
        if row.things
    ),
    Figure(f"{int(beyond.all_beyond.max()) if len(beyond) else 0:,}", "shares there are would be too many",
           f"of {many(int(beyond.images.max()), 'image') if len(beyond) else 'no image'}"),
) if some else None  # fmt: skip

# %% [markdown]
# ## In short
#
# Everything there is, judged by the policy's own rules twice: as it is today, and as it might be.

# %%
STRICTEST = moved.sort_values("newly", ascending=False).head(1)
LOOSEST = moved.sort_values("no_longer", ascending=False).head(1)
(
    in_short(
        f"**{int(numbers.differs.sum())}** of {len(numbers)} numbers and switches would be different"
        f" under **{then}** instead of **{profile}**.",
        *(
            f"Stricter: `{row.rule_id}` would object to **{row.newly:,}** more"
            f" ({percent(row.newly, row.things)} of all), of `{row.action}`."
            for row in STRICTEST.itertuples()
            if row.newly
        ),
        *(
            f"Looser: `{row.rule_id}` would no longer object to **{row.no_longer:,}**"
            f" ({percent(row.no_longer, row.things)}), of `{row.action}`."
            for row in LOOSEST.itertuples()
            if row.no_longer
        ),
        "" if len(moved) else "No verdict on anything there is would change.",
    )
    if some
    else None
)

# %% [markdown]
# ## Which rules would speak otherwise
#
# To how many images or servers a rule would object and does not today (right), and to how many it does and would not
# (left). A share is asked for one tenant more; a copy, for another region; an import, for each image as it is, after
# those made before it; a change of OS, for each server with the image it has.

# %%
changes = moved.assign(rule=moved.rule_id + " · " + moved.action.str.replace("_", " "), newly_denied=moved.newly)
changes = changes.assign(no_longer_denied=changes.no_longer)
both_ways(
    changes, "rule", left="no_longer_denied", right="newly_denied", unit="images or servers",
    title=f"What {then} would change, rule by rule",
) if len(moved) else None  # fmt: skip

# %%
COUNTS = {"rule_id": "Rule", "action": "When asked to", "things": "Asked about", "objects_now": "Objects today",
          "objects_then": "Would object", "newly": "Newly", "no_longer": "No longer",
          "source": "Who says so"}  # fmt: skip
summary(moved.assign(action=moved.action.str.replace("_", " ")), COUNTS) if len(moved) else None

# %% [markdown]
# ## Which numbers are different
#
# The numbers and switches of the rules that differ, as they are today and as they would be.

# %%
NUMBERS = {"name": "Number or switch", "value_now": f"{profile} (today)", "value_then": then, "since": "Since",
           "source": "Who says so"}  # fmt: skip
differ = numbers[numbers.differs]
summary(differ, NUMBERS) if len(differ) and some else None

# %% [markdown]
# ## Shares that would be too many
#
# Images that are shared with more tenants than they might be. Nothing is taken away by a new number: no tenant could be
# added until that many have left.

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
                "at most": beyond.most,
                "too many": beyond.beyond,
                "id": beyond.image_id,
            }
        )
    )

# %% [markdown]
# ## What would change, one by one
#
# Of each rule the first by name, at most 200, with what to do instead.

# %%
each = [report("policy_changes", **asked, **policies, top=200, action=action) for action in sorted(set(moved.action))]
listed = pd.concat(each, ignore_index=True) if each else []
if len(listed):
    table(
        pd.DataFrame(
            {
                "change": listed.change.map({"newly": "would be denied", "no longer": "would be allowed by it"}),
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
    display(Markdown("There is nothing."))
