"""Judging what is there: the same verdicts as for requests, and what another policy would change."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.inventory import what_if
from data.warehouse.connection import Warehouse
from data.warehouse.pipeline import step
from domain.policy.profiles import limits, with_values
from domain.policy.rules import every_rule, rules_of
from flows.lifecycle.planning import plan
from flows.lifecycle.steps import ExecutionContext
from support.fact_columns import counted_columns, fact_columns
from support.fakes import Clock, FakeCloud
from support.report_rows import AS_OF, rows
from support.worlds import small_world

Asked = dict[str, Any]
NOW = {"as_of": AS_OF, "region": None, "tenant": None, "top": None, "profile": "seed"}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world, and beside it what only some profiles mind."""
    path = tmp_path_factory.mktemp("supposed") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        small_world.build(con)
        small_world.image(con, "web-2", name="web", created_at="2026-06-01")  # a name that acme has there already
        small_world.image(con, "web-3", name="web", created_at="2026-06-01", region="eu-west-1")  # not there
        small_world.image(con, "iron", target="bms")
        small_world.server(con, "metal", "acme", "iron", ("2026-11-01", None))
        con.execute("UPDATE server SET target = 'bms' WHERE server_id = 'metal'")  # runs, and is bare metal
        small_world.server(con, "guest", "umbrella", "web", ("2026-11-01", None))  # on an image shared with it
        small_world.server(con, "lost", "gamma", "web", ("2026-04-10", None))  # on one that is no longer
        for number in range(11):
            small_world.member(con, "whole-cbr", f"t{number:03}", "accepted", "2026-06-01")
    return path


@pytest.fixture
def con(world: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can only read that world."""
    with Warehouse(world).reading() as con:
        yield con


def asked_for(world: Path, action: str) -> list[Asked]:
    """What each owner would have to ask for, as a batch says it."""
    images = "SELECT image_id, owner, region FROM image WHERE deleted_at IS NULL"
    servers = "SELECT server_id, owner, region, image_id FROM server WHERE deleted_at IS NULL"
    with Warehouse(world).reading() as con:
        things = con.execute(servers if action in ("change_os", "capture_server") else images).fetchall()
    says: dict[str, Callable[..., Asked]] = {
        "share_image": lambda image: {"image": image, "tenants": ["another tenant"]},
        "copy_image": lambda image: {"image": image, "to_region": "another-region", "name": f"copy of {image}"},
        "change_os": lambda server, image: {"server": server, "image": image},
        "capture_server": lambda server, _: {"server": server, "name": f"of {server}", "image_type": "system_disk"},
    }
    return [
        {"action": action, "actor": owner, "region": region} | says[action](thing, *rest)
        for thing, owner, region, *rest in things
    ]


@pytest.mark.parametrize("profile", ["seed", "otc", "glance", "huawei"])
@pytest.mark.parametrize("action", ["share_image", "copy_image", "change_os", "capture_server"])
def test_what_is_supposed_is_judged_as_what_is_asked(
    action: str, profile: str, world: Path, tmp_path: Path, work: Callable[..., Any]
) -> None:
    """Planned as a batch, every image and server gets the verdict that the report gives: all rules that object."""
    shutil.copy(world, tmp_path / "warehouse.duckdb")
    clock = Clock()
    clock.now = AS_OF
    steps = asked_for(world, action)
    lines = plan(
        work(steps, profile=profile), ExecutionContext(Warehouse(tmp_path / "warehouse.duckdb"), FakeCloud(), clock)
    )
    planned = {
        (rule, step.get("server") or step["image"])
        for step, line in zip(steps, lines, strict=True)
        for rule in line["denied_by"]
    }
    with Warehouse(world).reading() as con:
        what_if.prepare(con, [action], NOW | {"profile": profile})
        told = con.execute("SELECT rule_id, thing_id FROM spoken").fetchall()
        things = con.execute("SELECT max(things) FROM ruled").fetchall()[0][0]
    assert set(told) == planned
    assert len(told) == len(planned)
    assert told or (action == "capture_server" and profile != "huawei")
    assert things == len(steps)


def test_every_number_of_the_policy_is_asked_about() -> None:
    """A rule with a number or switch in it is a rule of an action that is supposed to be asked for."""
    numbered = {rule.id for rules in every_rule().values() for rule in rules if "$" in rule.when}
    covered = {rule.id for action in what_if.ACTIONS for rule in rules_of(action)}
    assert numbered <= covered


@pytest.mark.parametrize("action", what_if.ACTIONS)
def test_the_facts_are_those_of_the_rules(action: str, con: duckdb.DuckDBPyConnection) -> None:
    """What is supposed has every fact that a request has, so that no rule and no sentence lacks one."""
    what_if.prepare(con, [action], NOW)
    has = {name for name, *_ in con.execute("DESCRIBE fact").fetchall()}
    assert fact_columns(action).keys() <= has | counted_columns(action).keys()
    assert step(f"inventory/sql/what_if/facts/{what_if.FACTS[action][-1]}").creates == "fact"


class TestAnotherPolicy:
    """What would change under other numbers."""

    def changed(self, world: Path, **asked: str) -> dict[str, tuple[int, int]]:
        """By rule, to how many it would object newly, and no longer."""
        told = rows("policy_rules", world, **asked)
        changes: dict[str, tuple[int, int]] = {}
        for row in told:
            if row["newly"] or row["no_longer"]:
                changes[f"{row['action']} {row['rule_id']}"] = (row["newly"], row["no_longer"])
        return changes

    def test_nothing_else_nothing_changes(self, world: Path) -> None:
        """Without another profile or number both are the same."""
        assert self.changed(world) == {}
        assert rows("policy_changes", world) == []
        assert rows("beyond_limit", world) == []

    def test_another_number(self, world: Path) -> None:
        """With 64 instead of 128 tenants, full is full as before, and nearly is too; 103 shares are too many."""
        assert self.changed(world, limit="share_tenants=64") == {"share_image share.tenant-limit": (1, 0)}
        (change,) = rows("policy_changes", world, limit="share_tenants=64")
        assert (change["change"], change["thing_id"], change["owner"]) == ("newly", "nearly", "acme")
        assert change["because"] == "image 'nearly' is shared with 103 tenants already, as many as an image may have"
        beyond = rows("beyond_limit", world, limit="share_tenants=64", top=1)
        assert [(row["name"], row["beyond"], row["images"], row["all_beyond"]) for row in beyond] == [
            ("full", 64, 2, 103)
        ]

    def test_another_switch(self, world: Path) -> None:
        """If encrypted images could be shared, two more could, of which one is nobody's to share."""
        assert self.changed(world, limit="share_encrypted=true") == {"share_image share.encrypted": (0, 2)}
        gone = rows("policy_changes", world, limit="share_encrypted=true")
        assert {(row["change"], row["thing_id"]) for row in gone} == {
            ("no longer", "secret"),
            ("no longer", "my-shield-2"),
        }

    def test_another_profile(self, world: Path) -> None:
        """Open Telekom Cloud: 256 tenants, 10 for full-ECS, names once, and servers stopped for a change of OS."""
        assert self.changed(world, other_profile="otc") == {
            "change_os change-os.must-be-stopped": (5, 0),
            "import_image image.name-taken": (1, 0),
            "share_image share.tenant-limit": (1, 1),
        }
        taken = next(row for row in rows("policy_changes", world, other_profile="otc") if "name" in row["rule_id"])
        assert taken["thing_id"] == "web-2"

    def test_numbers_side_by_side(self, world: Path) -> None:
        """Those that differ come first, with who says so; a number that was asked for says that it was."""
        numbers = {
            row["name"]: row for row in rows("policy_numbers", world, other_profile="otc", limit="share_full_ecs=false")
        }
        assert {name for name, row in numbers.items() if row["differs"]} == {
            "share_tenants", "share_tenants_full_ecs", "image_names_unique", "change_os_stopped_only", "share_full_ecs"
        }  # fmt: skip
        assert (numbers["share_tenants"]["value_now"], numbers["share_tenants"]["value_then"]) == ("128", "256")
        assert numbers["share_full_ecs"]["source"] == "what if: as asked"
        assert str(numbers["share_full_ecs"]["since"]) == "2026-11-20"

    def test_totals(self, world: Path) -> None:
        """Who is allowed changes by those to whom a rule objects alone."""
        row = next(row for row in rows("policy_rules", world, limit="share_tenants=64") if row["newly"])
        assert row["allowed_now"] - row["allowed_then"] == 1
        assert row["objects_then"] - row["objects_now"] == row["newly"] - row["no_longer"]

    @pytest.mark.parametrize("name", ["policy_rules", "policy_changes"])
    def test_of_one_action(self, name: str, world: Path) -> None:
        """Asked for one action, a report has its rows only; the actions together have all."""
        whole = rows(name, world, other_profile="otc")
        for action in what_if.ACTIONS:
            part = rows(name, world, other_profile="otc", action=action)
            assert part == [row for row in whole if row["action"] == action]
        with pytest.raises(ValueError, match=r"action is one of share_image, copy_image, .* not 'launch_server'"):
            rows(name, world, action="launch_server")

    def test_of_one_tenant_in_one_region(self, world: Path) -> None:
        """Only its own are asked about."""
        told = rows("policy_rules", world, tenant="softco", region="eu-west-0", other_profile="otc")
        assert {row["things"] for row in told if row["action"] == "share_image"} == {3}


class TestLimits:
    """Other numbers are said as text."""

    def test_several(self) -> None:
        """Each is read as what it stands for; spaces do not matter."""
        changed = with_values(limits("seed"), " share_tenants = 64,share_encrypted=TRUE ", since=AS_OF.date())
        assert (changed["share_tenants"].value, changed["share_encrypted"].value) == (64, True)
        assert changed["share_full_ecs"] == limits("seed")["share_full_ecs"]

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("tenants=64", "there is no limit 'tenants'; there are .*share_tenants"),
            ("share_tenants", "share_tenants is a whole number from 0 on, as in share_tenants=128, not ''"),
            ("share_tenants=-1", "share_tenants is a whole number"),
            ("share_tenants=true", "share_tenants is a whole number"),
            ("share_encrypted=1", "share_encrypted is true or false, as in share_encrypted=false, not '1'"),
        ],
    )
    def test_what_is_none(self, said: str, told: str) -> None:
        """The message says which there are, or what the value has to be."""
        with pytest.raises(ValueError, match=told):
            with_values(limits("seed"), said, since=AS_OF.date())
