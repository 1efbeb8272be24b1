"""Reports as people ask for them: a demo world to try them on, and what is wrong with a question in a sentence."""

from support.user import User


def test_a_demo_world_is_made_once_and_asked_about(user: User) -> None:
    """It goes into an empty warehouse only; pages of it are made; what there is not is said, with exit code 2."""
    world = ("demo-data", "--images", "100", "--tenants", "3", "--months", "1", "--until", "2026-11-20T12:00Z")
    made = user.says(*world)
    assert made.returncode == 0, made.stderr
    assert "100 images" in made.stdout
    assert "the images have no blobs" in made.stdout
    again = user.says(*world)
    assert again.returncode == 2
    assert "contains 100 images" in again.stderr
    assert "set IMAGEKEEPER_HOME to another folder" in " ".join(again.stderr.split())

    page = user.says("report", "policy_what_if", "--limit", "share_tenants=1", "--as-of", "2026-11-20T12:00Z")
    assert page.returncode == 0, page.stderr
    assert "seed, share_tenants=1" in (user.home / "reports" / "policy_what_if.html").read_text(encoding="utf-8")
    for wrong, told in (
        (("--other-profile", "mars"), "--other-profile: there is no profile 'mars'; there are flexibleengine"),
        (("--limit", "tenants=1"), "there is no limit 'tenants'; there are"),
        (("--as-of", "yesterday"), "as_of is a time such as 2026-11-23"),
    ):
        said = user.says("report", "policy_what_if", *wrong)
        assert (said.returncode, "Traceback" in said.stderr) == (2, False)
        assert told in " ".join(said.stderr.split())
