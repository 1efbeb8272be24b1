"""The fast policy in SQL and the slow one in plain Python say the same of random worlds, and leave the same behind."""

import pytest
from hypothesis import Phase, given, settings

from flows.lifecycle.planning import plan
from flows.lifecycle.steps import apply
from support.effort import either
from support.fakes import numbers
from support.worlds.random_scripts import Script, scripts
from support.worlds.stories import Lines, Seeded, Story, held_by_oracle, judged_by_oracle, nameless, told

pytestmark = pytest.mark.slow

UNSHRUNK = (Phase.explicit, Phase.generate)
"""A failing script names its seed and how many runs it has: fewer runs of the same seed are its beginning."""


@settings(max_examples=either(short=6, full=200), phases=UNSHRUNK)
@given(script=scripts(10))
def test_the_policy_says_what_the_oracle_says(seeded: Seeded, script: Script) -> None:
    """Every verdict of every line, with all the rules that object, is the oracle's, and so is what is there after."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        world = story.world()
        for work in story.later_batches():
            apply(work, story.context)
            assert told(story.lines(work)) == judged_by_oracle(world, story.asked(work))
        assert story.held() == held_by_oracle(world)


@settings(max_examples=either(short=2, full=60), phases=UNSHRUNK)
@given(script=scripts(4))
def test_a_batch_is_the_same_as_its_actions_one_by_one(seeded: Seeded, script: Script) -> None:
    """However actions are cut into batches, the verdicts are the same, and so is what is there after."""
    with numbers(**script.limits):
        outcomes = []
        for cut in (script, script.one_by_one):
            story = Story(seeded, cut)
            lines: Lines = []
            for work in story.later_batches():
                apply(work, story.context)
                lines += story.lines(work)
            outcomes.append((told(lines), nameless(story.held(), cut.made())))
        assert outcomes[0] == outcomes[1]


@settings(max_examples=either(short=2, full=60), phases=UNSHRUNK)
@given(script=scripts(5))
def test_a_plan_says_what_applying_does(seeded: Seeded, script: Script) -> None:
    """A plan of a batch gives the verdicts that it gets when it is applied, and changes nothing."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        for work in story.later_batches():
            before, orders = story.held(), len(story.cloud.orders)
            planned = plan(work, story.context)
            assert story.held() == before
            assert len(story.cloud.orders) == orders
            apply(work, story.context)
            assert told(planned) == told(story.lines(work))


@settings(max_examples=either(short=2, full=60), phases=UNSHRUNK)
@given(script=scripts(5))
def test_applying_again_does_nothing(seeded: Seeded, script: Script) -> None:
    """A batch that was applied is done: applied again it gives no orders, writes no lines and changes nothing."""
    with numbers(**script.limits):
        story = Story(seeded, script)
        for work in story.later_batches():
            first = apply(work, story.context)
            before, orders, logged = story.held(), len(story.cloud.orders), story.logged()
            again = apply(work, story.context)
            assert (again.done, again.denied, again.failed) == (first.done, first.denied, first.failed)
            assert again.already == first.done + first.denied
            assert (story.held(), len(story.cloud.orders), story.logged()) == (before, orders, logged)
