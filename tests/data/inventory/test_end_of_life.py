"""When operating systems lose their support: what vendors say, and which images and servers that concerns."""

import csv
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path

import duckdb
import pytest

from data.warehouse.connection import Warehouse
from support.report_rows import AS_OF, asked, rows, told
from support.worlds.small_world import image, server

LISTED = list(csv.DictReader((resources.files("data.reference") / "os_end_of_life.csv").read_text().splitlines()))
SPELLINGS = {
    ("debian", "12.5"): "debian 12",
    ("Debian GNU/Linux", "12 (bookworm)"): "debian 12",
    ("ubuntu", "22.04.3 LTS"): "ubuntu 22.04",
    ("centos", "7.9.2009"): "centos 7",
    ("CentOS Linux", "8"): "centos 8",
    ("centos", "8-stream"): "centos-stream 8",
    ("CentOS Stream", "9"): "centos-stream 9",
    ("Red Hat Enterprise Linux", "8.6"): "rhel 8",
    ("almalinux", "10.1"): "almalinux 10",  # not 1
    ("AlmaLinux", "9.4"): "almalinux 9",
    ("Rocky Linux", "8"): "rocky 8",
    ("sles", "12.5"): "sles 12.5",
    ("SUSE Linux Enterprise Server", "15 SP4"): "sles 15.4",
    ("SLES", "15-SP5"): "sles 15.5",
    ("openSUSE Leap", "15.6"): "opensuse-leap 15.6",
    ("Oracle Linux", "7.9"): "oracle-linux 7",
    ("amzn", "2"): "amazon-linux 2",
    ("Amazon Linux", "2023.6"): "amazon-linux 2023",
    ("alpine", "3.20.1"): "alpine 3.20",
    ("windows", "2019"): "windows-server 2019",
    ("Windows Server", "2012 R2 Datacenter"): "windows-server 2012-r2",
    ("windows-server", "2012"): "windows-server 2012",
    ("Windows Server 2016", None): "windows-server 2016",
    ("windows", "10"): "windows 10",
    ("openEuler", "22.03 (LTS-SP4)"): "openeuler 22.03-lts-sp4",
    ("FreeBSD", "14.1-RELEASE"): "freebsd 14",
}
"""How images name systems, and which version of which vendor that is."""
UNKNOWN = [("alpine", "3.2"), ("debian", "sid"), ("sles", "15"), ("solaris", "11.4"), ("linux", None)]
"""Systems of which it is not known: 3.2 is not 3.20, and which service pack of 15 it is is not told."""


class TestReference:
    """What vendors say."""

    def test_dates_are_dates(self) -> None:
        """Support that is paid for lasts longer, and nothing was looked up later than it was written down."""
        for row in LISTED:
            ends_on = date.fromisoformat(row["ends_on"])
            assert not row["paid_support_ends_on"] or date.fromisoformat(row["paid_support_ends_on"]) >= ends_on
            assert date(2026, 11, 25) <= date.fromisoformat(row["checked_on"]) <= date.today()  # noqa: DTZ011
            assert row["source"]

    def test_each_version_is_listed_once(self) -> None:
        """As images are to be matched with it: in small letters, from the first digit on."""
        names = Counter((row["distribution"], row["version"]) for row in LISTED)
        assert len(names) == len(LISTED) > 60
        for distribution, version in names:
            assert version == version.lower()
            assert version[0].isdigit()
            assert distribution == distribution.lower()

    def test_the_warehouse_knows_them(self, empty: Path) -> None:
        """All of them, with versions as text: 24.10 is not 24.1."""
        found = asked(empty, "SELECT distribution, version, ends_on::VARCHAR FROM os_end_of_life")
        assert sorted(found) == sorted((row["distribution"], row["version"], row["ends_on"]) for row in LISTED)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of many systems. For reading only."""
    path = tmp_path_factory.mktemp("systems") / "warehouse.duckdb"
    with Warehouse(path).writing() as con:
        for number, (distribution, version) in enumerate([*SPELLINGS, *UNKNOWN]):
            image(con, f"i{number}", owner=f"t{number % 5}", os_distribution=distribution, os_version=version)
        used(con)
    return path


def used(con: duckdb.DuckDBPyConnection) -> None:
    """More images of Debian 12, and what runs on them."""
    image(con, "public", owner="platform", visibility="public")  # Debian 12 as the small world's images; of no tenant
    image(con, "west", region="eu-west-1", owner="beta")
    image(con, "gone", status="deleted", deleted_at=AS_OF)  # not counted; a server runs on it
    image(con, "data", image_type="data_disk")  # has no system
    server(con, "on-public", "beta", "public", ("2026-03-01", None))
    server(con, "on-gone", "gamma", "gone", ("2026-03-01", "2026-03-02"), ("2026-03-02", None))  # stopped
    server(con, "ended", "delta", "public", ("2026-03-01", "2026-04-01"))


class TestEndOfLife:
    """Which images and servers that concerns."""

    def test_spellings(self, systems: Path) -> None:
        """Case, spaces, service packs and words around the number do not matter; the longest version counts."""
        found = {(row["distribution"], row["version"]): row["spelled"] for row in rows("end_of_life", systems)}
        of = {spelled: " ".join(system) for system, text in found.items() if system[1] for spelled in text.split(", ")}
        for (distribution, version), system in SPELLINGS.items():
            if system != "debian 12":
                assert of[" ".join(filter(None, (distribution, version)))] == system

    def test_what_is_not_known_is_told_too(self, systems: Path) -> None:
        """Last, and as the images name it."""
        unknown = [row for row in rows("end_of_life", systems) if row["state"] == "not known"]
        assert [(row["distribution"], row["version"]) for row in unknown] == sorted(UNKNOWN)
        assert all(row["days_left"] is None for row in unknown)

    def test_what_there_is_of_one_system(self, systems: Path) -> None:
        """Its images, and servers also of images that are gone; tenants that have either."""
        (debian,) = [row for row in rows("end_of_life", systems) if told(row, "distribution version") == "debian 12"]
        assert told(debian, "images servers running tenants") == "4 2 1 4"  # t0, t1, beta, gamma
        assert debian["spelled"] == "Debian GNU/Linux 12 (bookworm), debian 12, debian 12.5"
        assert told(debian, "ends_on days_left state") == "2028-06-30 588 supported"

    def test_every_image_is_counted_once(self, systems: Path) -> None:
        """But for data disks, which have no system."""
        found = rows("end_of_life", systems)
        assert sum(row["images"] for row in found) == len(SPELLINGS) + len(UNKNOWN) + 2
        assert sum(row["servers"] for row in found) == 2

    @pytest.mark.parametrize(
        ("as_of", "state", "days"),
        [
            ("2028-01-02", "ends within 180 days", 180),
            ("2028-01-01", "supported", 181),
            ("2028-01-03", "ends within 180 days", 179),
            ("2028-06-30T23:59Z", "ends within 180 days", 0),
            ("2028-07-01", "paid support only", -1),
            ("2033-06-30", "paid support only", -1826),
            ("2033-07-01", "ended", -1827),
        ],
    )
    def test_words(self, as_of: str, state: str, days: int, systems: Path) -> None:
        """Until the last day it is supported."""
        (debian,) = [
            row for row in rows("end_of_life", systems, as_of=as_of) if told(row, "distribution version") == "debian 12"
        ]
        assert (debian["days_left"], debian["state"]) == (days, state)

    def test_of_one_tenant_or_region(self, systems: Path) -> None:
        """Its own images and servers; those there."""
        assert [told(row, "images servers") for row in rows("end_of_life", systems, tenant="gamma")] == ["0 1"]
        assert [told(row, "images servers") for row in rows("end_of_life", systems, region="eu-west-1")] == ["1 0"]
        assert len(rows("end_of_life", systems, top=3)) == 3
