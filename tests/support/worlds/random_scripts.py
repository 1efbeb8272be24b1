"""Random scripts: what several tenants do in two regions, with few names, so that they get in each other's way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from domain.actions import MODELS
from domain.ids import made_id
from support.fakes import BEGINNING

TENANTS = ("acme", "umbrella", "initech")
REGIONS = ("eu-west-0", "eu-west-1")
Step = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """Stands for the id of what a step makes, counted from 0."""

    step: int


@dataclass(frozen=True)
class MadeBy:
    """Stands for the id of what the step with this label makes, until ``numbered`` puts ``Made`` in its place."""

    label: str


def places(steps: Sequence[Step], first: int = 0) -> dict[str, Made]:
    """What the steps with a ``label`` make, by label; the first step has the number ``first``."""
    found = {step["label"]: Made(number) for number, step in enumerate(steps, first) if "label" in step}
    assert len(found) == sum("label" in step for step in steps), "two steps have the same label"
    return found


def numbered(steps: Sequence[Step], of: Mapping[str, Made]) -> list[Step]:
    """The steps without their labels, with ``Made`` in place of each ``MadeBy``."""
    return [
        {key: of[said.label] if isinstance(said, MadeBy) else said for key, said in step.items() if key != "label"}
        for step in steps
    ]


@dataclass
class Script:
    """Steps in batches, each at its hour, under some numbers and switches. The first batch is always ``SEEDS``.

    ``sweeps`` says of each batch whether it is one of retention's (none, where left out); ``usage_complete`` whether
    all servers and disks of the cloud are known.
    """

    batches: list[list[Step]]
    hours: list[int]
    limits: dict[str, Any] = field(default_factory=dict)
    sweeps: list[bool] = field(default_factory=list)
    usage_complete: bool = True

    @property
    def one_by_one(self) -> "Script":
        """The same steps at the same hours, each after the seeds a batch of its own."""
        numbers = [number for number, batch in enumerate(self.batches) if number for _ in batch]
        return Script(
            [SEEDS, *([step] for batch in self.batches[1:] for step in batch)],
            [0, *(self.hours[number] for number in numbers)],
            self.limits,
            [False, *(self.sweeps[number] for number in numbers)],
            self.usage_complete,
        )

    def batch_id(self, number: int) -> str:
        """The id of a batch: in the form of a sweep's, where it is one."""
        sweeps = number < len(self.sweeps) and self.sweeps[number]
        return f"retention-{self.begun(number):%Y-%m-%d}-{number:012x}" if sweeps else f"batch-{number}"

    def begun(self, number: int) -> datetime:
        """When a batch begins."""
        return BEGINNING + timedelta(hours=self.hours[number])

    def made(self) -> list[str]:
        """The ids of what the steps make."""
        return [
            made_id(self.batch_id(number), self.begun(number), seq)
            for number, batch in enumerate(self.batches)
            for seq in range(1, len(batch) + 1)
        ]

    def rendered(self) -> list[list[Step]]:
        """The batches, with ids in place of ``Made``."""
        ids = self.made()
        return [
            [{key: ids[said.step] if isinstance(said, Made) else said for key, said in step.items()} for step in batch]
            for batch in self.batches
        ]


def _seed(action: str, actor: str = "acme", **said: Any) -> Step:
    return {"action": action, "actor": actor, "region": REGIONS[0], **said}


_DISK = {"name": "web", "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 10}
_HOURLY = {"model": "hourly", "amount": "0.1", "currency": "EUR"}
_CONTRACT = {"model": "contract", "upfront": "100", "months": 12, "amount": "0.2", "currency": "EUR"}
_LABELLED: list[Step] = [
    _seed("import_image", label="web", **_DISK),
    _seed("import_image", label="db", name="db", file="disk.qcow2", image_type="data_disk", min_disk_gb=20),
    _seed("register_public_image", "platform", label="public web", **_DISK),
    _seed("import_image", "umbrella", label="umbrella's web", **_DISK),
    _seed("import_image", **_DISK | {"name": "secret", "kms_key": "k1"}),
    _seed("import_image", label="boot", name="boot", file="boot.iso", image_type="iso", min_disk_gb=10),
    _seed("import_image", label="metal", **_DISK | {"name": "metal", "target": "bms"}),
    _seed("launch_server", label="servers one", image=MadeBy("web"), name="one", flavor="s3.large.2", count=2),
    _seed("launch_server", image=MadeBy("boot"), name="installer", flavor="s3.large.2"),
    _seed("launch_server", image=MadeBy("metal"), name="metal", flavor="physical.o2.medium"),
    _seed("create_volume", label="data volume", image=MadeBy("db"), name="data", size_gb=20),
    _seed("capture_server", server=MadeBy("servers one"), name="all", image_type="full_ecs", backup_service="cbr"),
    _seed("backup_server", label="backup of one", server=MadeBy("servers one"), service="csbs"),
    _seed("import_image", label="shop", **_DISK | {"name": "shop"}),
    _seed(
        "publish_image",
        label="offer deal",
        image=MadeBy("shop"),
        offer="deal",
        price={"model": "hourly", "amount": "0.1", "currency": "EUR"},
    ),
    _seed("launch_server", "initech", label="server two", image=MadeBy("shop"), name="two", flavor="s3.large.2"),
    _seed("capture_server", "initech", server=MadeBy("server two"), name="web", image_type="system_disk"),
    _seed("share_image", image=MadeBy("web"), tenants=["umbrella", "initech"]),
    _seed("accept_share", "umbrella", image=MadeBy("web")),
    _seed("share_image", image=MadeBy("db"), tenants=["initech"]),
    _seed("import_image", label="idle", **_DISK | {"name": "idle"}),
    _seed("deactivate_image", image=MadeBy("idle")),
    _seed("import_image", label="kept", **_DISK | {"name": "kept"}),
    _seed("update_image", image=MadeBy("kept"), protected=True),
    _seed("create_volume", image=MadeBy("db"), name="data", size_gb=30),
    _seed("import_image", label="firewall", **_DISK | {"name": "firewall"}),
    _seed("publish_image", label="offer term", image=MadeBy("firewall"), offer="term", price=_CONTRACT),
]
SEED = places(_LABELLED)
"""What the labelled seeds make, by label."""
SEEDS = numbered(_LABELLED, SEED)
"""Every world begins with these: of each kind of thing one, so that a random step has something to act on."""


RETIRES = ("deprecate_image", "delete_image")
"""What retention does."""
SWITCHES = (
    "share_encrypted",
    "share_full_ecs",
    "image_names_unique",
    "copy_encrypted_across_regions",
    "copy_full_ecs_across_regions",
    "change_os_stopped_only",
    "bms_capture_stopped_only",
)


def script(seed: int, runs: int) -> Script:
    """Runs of neighbours of one kind after the seeds, cut into batches anywhere, under small numbers and any switches.

    Some batches are retention's, and half of the clouds have usage that is not known. Of the same seed, fewer runs are
    the beginning of more.
    """
    by = Random(seed)
    limits = {name: by.random() < 0.5 for name in SWITCHES} | {
        "share_tenants": by.randint(0, 2),
        "share_tenants_full_ecs": by.randint(0, 2),
        "system_disk_gb_max": 40,
        "data_disk_gb_max": 60,
    }
    batches, steps, sweeps = [SEEDS], SEEDS, [False]
    usage_complete = by.random() < 0.5
    for run in range(runs):
        if run == 0 or by.random() < 0.3:
            batches.append([])
            sweeps.append(by.random() < 0.3)
        kind = by.choice(RETIRES if sweeps[-1] and by.random() < 0.6 else sorted(MODELS))
        for nth in range(by.choice((1, 3, 6))):
            step = _a(by, kind, steps)
            if nth and by.random() < 0.3:
                step = _after(by, steps[-1], step, steps)
            steps = [*steps, step]
            batches[-1].append(step)
    return Script(batches, list(range(len(batches))), limits, sweeps, usage_complete)


def script_of(action: str, steps: int) -> list[Step]:
    """Steps of one kind after the seeds."""
    by, later = Random(action), [*SEEDS]
    for _ in range(steps):
        later.append(_a(by, action, later))
    return later[len(SEEDS) :]


def scripts(most_runs: int = 14) -> st.SearchStrategy[Script]:
    """Scripts of any seed; a failing one is made shorter."""
    return st.builds(script, st.integers(0, 2**32), st.integers(1, most_runs).map(lambda less: most_runs + 1 - less))


def _a(by: Random, kind: str, steps: list[Step]) -> Step:
    """One step of a kind, mostly by who made what it acts on, where that is."""
    step: Step = {"action": kind}
    near: list[Step] = []
    for thing in MODELS[kind].references:
        if not MODELS[kind].model_fields[thing].is_required() and by.random() < 0.3:
            continue
        word = _something(by, thing, steps)
        step[thing] = word
        near += [steps[word.step]] * 4 if isinstance(word, Made) else []
    step |= {name: said for name, of in FIELDS.get(kind, {}).items() if (said := by.choice(of)) is not None}
    if "tenants" in MODELS[kind].model_fields:
        step["tenants"] = by.choices(TENANTS, k=by.randint(1, 3))
    usual = "platform" if kind == "register_public_image" else by.choice(TENANTS)
    step["actor"] = by.choice([one["actor"] for one in near] + [usual, by.choice(TENANTS)])
    if kind in LIKES and by.random() < 0.4:
        step |= LIKES[kind]
    if kind in FOLLOWS and by.random() < 0.6:
        before = by.choice([one for one in steps if one["action"] == FOLLOWS[kind]])
        step |= {field: before[field] for field in ("image", "actor", "region") if field in before}
        if kind in ("accept_share", "reject_share", "copy_image"):
            step["actor"] = by.choice(before.get("tenants", [step["actor"]]))
    step["region"] = by.choice([one["region"] for one in near] + list(REGIONS))
    return step


def _after(by: Random, last: Step, step: Step, steps: list[Step]) -> Step:
    """A step on the same thing as the last one, or on whatever has its name, by anybody whom that concerns."""
    thing = [one for one in MODELS[step["action"]].references[:1] if one in last]
    if not thing:
        return step | {field: last[field] for field in ("name", "actor", "tenants", "refund_of") if field in last}
    word = last[thing[0]]
    named = steps[word.step].get("name") if isinstance(word, Made) else None
    return step | {
        thing[0]: by.choice((word, named or word)),
        "actor": by.choice((last["actor"], *last.get("tenants", TENANTS))),
        "region": by.choice((last["region"], step["region"])),
    }


def _something(by: Random, thing: str, steps: list[Step]) -> Any:
    """A thing that a step made or was to make, most often; else one of few names, or what is not there."""
    made = [Made(number) for number, step in enumerate(steps) if MODELS[step["action"]].creates == thing]
    return by.choice(made) if made and by.random() < 0.7 else by.choice(WORDS[thing])


FOLLOWS = {
    "accept_share": "share_image",
    "reject_share": "share_image",
    "unshare_image": "share_image",
    "reactivate_image": "deactivate_image",
    "delete_image": "update_image",
    "copy_image": "accept_share",
}
"""What a step of a kind likes to follow, on the same image."""
_GOOD = {"file": "disk.raw", "disk_format": "raw", "image_type": "system_disk", "min_disk_gb": 10, "target": "ecs"}
LIKES: dict[str, Step] = {
    "import_image": _GOOD,
    "register_public_image": _GOOD | {"actor": "platform", "encrypted": False},
    "create_volume": {"image": SEED["db"], "size_gb": 20, "actor": "acme", "region": REGIONS[0]},
    "launch_server": {"image": SEED["web"], "flavor": "s3.large.2", "actor": "umbrella", "region": REGIONS[0]},
    "change_os": {"image": SEED["public web"], "actor": "acme"},
    "capture_server": {"server": SEED["servers one"], "actor": "acme"},
    "capture_volume": {"volume": SEED["data volume"], "actor": "acme"},
    "capture_backup": {"backup": SEED["backup of one"], "actor": "acme"},
    "publish_image": {"image": SEED["kept"], "actor": "acme"},
    "export_image": {"image": SEED["kept"], "actor": "acme", "file": "new.raw", "disk_format": "raw"},
    "change_price": {"offer": "deal", "actor": "acme", "valid_from": BEGINNING + timedelta(hours=10)},
    "buy_contract": {"offer": SEED["offer term"], "starts_at": BEGINNING + timedelta(hours=20)},
    "grant_credit": {"actor": "platform"},
}
"""What a step of a kind says when it is not to be denied for a trifle."""
WORDS = {
    "image": ("web", "web", "db", "one", "installer.iso", "nothing"),
    "server": ("one-1", "one-2", "one", "two", "nothing"),
    "volume": ("data", "data", "nothing"),
    "backup": ("nothing",),
    "offer": ("deal", "deal", "bargain", "term", "nothing"),
}
NAMES = ("web", "db")
_KEYS = {"encrypted": (None, None, True, False), "kms_key": (None, None, None, "k1", "k2")}
_FROM_FILE = {
    "name": NAMES,
    "file": (*("disk.raw", "disk.qcow2") * 3, "boot.iso", "boot.iso", "trap.qcow2", "odd.bin", "out.raw", "gone.raw"),
    "image_type": (*("system_disk",) * 4, "data_disk", "data_disk", "iso", "full_ecs"),
    "min_disk_gb": (1, 2, 3, 10, 20, 40, 41, 60, 61),
    "min_ram_mb": (0, 0, 0, 4096, 4097),
    "target": ("ecs", "ecs", "ecs", "bms"),
    "disk_format": (None, None, None, "raw", "qcow2"),
    "kms_key": (None, None, None, "k1"),
    "encrypted": (False, False, False, True),
}
_FLAVOR = ("s3.large.2", "s3.large.2", "s3.medium.1", "physical.o2.medium", "nothing")
_PRICE = (
    {"model": "free"},
    {"model": "byol", "lineage": False},
    {"model": "hourly", "amount": "0.12", "currency": "EUR"},
    {"model": "hourly", "amount": "2", "currency": "USD"},
    {"model": "vcpu_hourly", "amount": "0.03", "currency": "EUR", "rounding": "up", "granularity": "hour"},
    {"model": "flavor_hourly", "amounts": {"s3.large.2": "0.5"}, "currency": "EUR", "trial": {"days": 14}},
    {"model": "flavor_hourly", "amounts": {"s3.large.2": "0.5"}, "amount": "0.4", "currency": "EUR"},
    {"model": "tiered", "tiers": [{"up_to": 100, "amount": "0.3"}, {"amount": "0.1"}], "currency": "EUR"},
    {"model": "monthly", "amount": "30", "per": "subscription", "time_zone": "Europe/Paris", "currency": "EUR"},
    {"model": "one_time", "amount": "99.99", "currency": "EUR"},
    {"model": "yearly", "amount": "300", "currency": "USD"},
    _CONTRACT,
    _CONTRACT | {"months": 1, "billable_states": {"running": 1, "stopped": "0.5"}},
)
FIELDS: dict[str, dict[str, Sequence[Any]]] = {
    "import_image": _FROM_FILE,
    "register_public_image": _FROM_FILE,
    "capture_server": {
        "name": NAMES,
        "image_type": ("system_disk", "data_disk", "full_ecs"),
        "backup_service": (None, "cbr", "csbs"),
    },
    "capture_volume": {"name": NAMES, "image_type": ("system_disk", "data_disk")},
    "backup_server": {"service": ("cbr", "csbs")},
    "capture_backup": {"name": NAMES},
    "copy_image": {"to_region": (None, *REGIONS), "name": (None, *NAMES), **_KEYS},
    "publish_image": {"offer": ("deal", "bargain", "chance"), "publisher": (None, None, *TENANTS), "price": _PRICE},
    "change_price": {
        "price": _PRICE,
        "valid_from": [BEGINNING + timedelta(hours=hours) for hours in (0, 1, 2, 3, 4, 5, 6, 8, 10)],
    },
    "buy_contract": {
        "servers": (1, 3, 100_000),
        "starts_at": (None, *(BEGINNING + timedelta(hours=hours) for hours in (1, 3, 10)), "2027-01-31", "2028-02-29"),
    },
    "grant_credit": {
        "amount": ("1", "0.000000001", "12.5"),
        "currency": ("EUR", "EUR", "USD"),
        "reason": ("goodwill", "it stood still"),
        "refund_of": (None, None, None, "2026-05", "2026-06"),
    },
    "launch_server": {
        "name": ("one", "two"),
        "flavor": _FLAVOR,
        "count": (1, 1, 1, 2),
        "target": (None, None, "ecs", "bms"),
    },
    "resize_server": {"flavor": _FLAVOR},
    "create_volume": {"name": ("data",), "size_gb": (9, 10, 20, 40)},
    "export_image": {"file": ("out.raw", "new.raw", "disk.raw"), "disk_format": (None, None, None, "raw", "qcow2")},
    "update_image": {
        "name": (None, None, *NAMES),
        "protected": (None, None, True, False),
        "min_disk_gb": (None, None, None, 1, 2, 30),
        "min_ram_mb": (None, None, 0, 4096),
    },
}
"""What a step of each kind says besides what it acts on; None is left out."""
