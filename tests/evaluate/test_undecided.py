"""Which parts of a requirement may still turn it false: those that hold already may not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.tree import constraints, evaluate, undecided
from auditor.model.item import All, Any, Not, Requirement
from auditor.model.level import Level
from tests.evaluate.worlds import asks, fact, seen

FACTS = seen(fact("yes", 1), fact("no", 0))
YES, NO, GONE = (asks(name, "== 1") for name in ("yes", "no", "gone"))


def left(tree: Requirement | None) -> list[str]:
    """The keys of what is undecided."""
    return [leaf.key for leaf in undecided(tree, FACTS, floor=Level.DECLARED)]


def test_a_part_that_holds_is_left_out_with_all_that_is_in_it() -> None:
    assert left(All((Any((GONE, YES)), NO))) == ["no"]
    assert left(All((YES, All((YES, GONE))))) == ["gone"]
    assert left(Any((YES, GONE))) == []
    assert left(None) == []


def test_of_alternatives_none_of_which_holds_every_one_may_turn() -> None:
    assert left(Any((NO, All((YES, GONE))))) == ["no", "yes", "gone"]
    assert left(Not(YES)) == ["yes"]


TREES: st.SearchStrategy[Requirement] = st.recursive(
    st.sampled_from([YES, NO, GONE]),
    lambda below: st.one_of(
        st.builds(All, st.lists(below, min_size=1, max_size=3).map(tuple)),
        st.builds(Any, st.lists(below, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, below),
    ),
    max_leaves=8,
)


@given(TREES)
def test_a_tree_that_holds_leaves_nothing_and_any_other_something(tree: Requirement) -> None:
    held = evaluate(tree, FACTS, floor=Level.DECLARED).truth is True
    assert (left(tree) == []) is held
    assert set(left(tree)) <= {leaf.key for leaf in constraints(tree)}
