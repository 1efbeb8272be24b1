"""What cannot be undone and is large, at the command line."""

from support.user import User

IMAGES = 51
"""One more than the profile ``seed`` lets anybody delete without a word."""


def test_a_large_deletion_needs_a_reason(user: User) -> None:
    """Without --approve nothing is done, and the way out is told; with it, the log keeps the reason."""
    imports = [
        f"  - {{action: import_image, name: i{n}, file: disk.raw, image_type: system_disk, min_disk_gb: 1}}"
        for n in range(IMAGES)
    ]
    deletes = [f"  - {{action: delete_image, image: i{n}}}" for n in range(IMAGES)]
    head = ["actor: acme", "region: eu-west-0", "actions:"]
    user.writes("make.yaml", "\n".join([*head, *imports]))
    user.writes("retire.yaml", "\n".join([*head, *deletes]))
    assert user.says("apply", "make.yaml").returncode == 0
    told = user.says("apply", "retire.yaml")
    assert told.returncode == 2
    assert "51 at once, and a person must agree to more than 50" in told.stderr
    assert "--approve" in told.stderr
    assert user.asks("SELECT count(*) AS n FROM image WHERE deleted_at IS NULL") == [{"n": IMAGES}]
    assert user.says("apply", "retire.yaml", "--approve", "the project has ended").returncode == 0
    assert user.asks("SELECT DISTINCT approval_reason FROM action_log WHERE action = 'delete_image'") == [
        {"approval_reason": "the project has ended"}
    ]
