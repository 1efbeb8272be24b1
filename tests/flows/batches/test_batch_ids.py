"""Ids that batches had in earlier versions: a file that was applied before must not be another batch today.

The ids were read off the versions that gave them. One that changes makes every user's batches run again.
"""

from pathlib import Path

import pytest

from flows.resources import prepare_batch
from flows.settings import Settings

PROJECT = Path(__file__).parents[3]
YAML = """
actor: acme
region: eu-west-0
profile: otc
actions:
  - {action: import_image, as: web, name: web-base, file: disk.raw, image_type: system_disk, os: {type: linux, distribution: debian, version: "12"}, min_disk_gb: 10, tags: [nightly, blue], when: 2026-03-01T12:00:00+02:00}
  - {action: register_public_image, actor: platform, name: pub, file: disk.raw, image_type: system_disk, min_disk_gb: 1, target: bms, architecture: arm}
  - {action: share_image, image: $web, tenants: [umbrella, " initech "]}
  - {action: accept_share, actor: umbrella, image: $web}
  - {action: publish_image, image: $web, offer: web-offer, price: {model: tiered, currency: EUR, tiers: [{up_to: 100, amount: "0.10"}, {amount: "0.05"}]}}
  - {action: change_price, offer: web-offer, price: {model: hourly, amount: "0.12", currency: EUR}, valid_from: 2026-12-01}
  - {action: grant_credit, tenants: [umbrella], amount: "12.50", currency: EUR, reason: "an outage"}
  - {action: launch_server, image: $web, name: s, flavor: s3.large.2, count: 3}
  - {action: copy_image, image: $web, to_region: eu-west-1, encrypted: true, kms_key: key-1}
  - {action: update_image, image: $web, description: "ünïcode", protected: true}
  - {action: delete_image, image: $web}
"""  # noqa: E501 - one action a line
SHARES = 'image,tenants\nweb-base,umbrella;initech\nweb-base,"hooli"\n'
IMPORTS = "name,file,image_type,min_disk_gb,tags\na,disk.raw,system_disk,1,x;y\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an image and the batches."""
    (tmp_path / "disk.raw").write_bytes(bytes(1 << 20))
    (tmp_path / "all.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "shares.csv").write_text(SHARES)
    (tmp_path / "imports.csv").write_text(IMPORTS)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "given", "batch_id"),
    [
        ("all.yaml", {}, "f9cc13f1ce863df31b41d6e683e6e6f2"),
        ("all.yaml", {"profile": "glance"}, "04e6994b605d26a94d9d22e871b98235"),
        ("shares.csv", {"kind": "share_image", "actor": "acme"}, "a44d6341e125953fad328377b0647a4c"),
        (
            "imports.csv",
            {"kind": "import_image", "actor": "acme", "profile": "otc"},
            "862e6fd2a75a791f0a9108ccf37467c0",
        ),
    ],
)
def test_a_batch_keeps_its_id(folder: Path, name: str, given: dict[str, str], batch_id: str) -> None:
    """What is read of a file, and how it is checked, may change; what it is, does not."""
    region = {} if name.endswith(".yaml") else {"region": "eu-west-0"}
    assert prepare_batch(str(folder / name), Settings(home=folder / "home"), **given, **region).batch_id == batch_id


@pytest.mark.parametrize(
    ("name", "batch_id"),
    [
        ("first_day", "26b843738ba1eb7d5c3ef943c2297d4a"),
        ("share_abroad", "b871182500dd4e938afe8ac4e9905933"),
        ("priced_launch", "0f85d5642c7924f48b1842a51f08a89a"),
    ],
)
def test_an_example_keeps_its_id(tmp_path: Path, name: str, batch_id: str) -> None:
    """The examples are what newcomers have applied."""
    found = prepare_batch(str(PROJECT / "examples" / f"{name}.yaml"), Settings(home=tmp_path))
    assert found.batch_id == batch_id
