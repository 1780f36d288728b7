"""Changes to the host's objects: whatever was done, and whatever others did, undoing leaves theirs as it was."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.host.changes import Changes

KEYS = st.sampled_from("abcdef")
OURS = st.lists(st.tuples(st.sampled_from(["put", "drop"]), KEYS), max_size=20)


class Thing:
    """A value that equals itself alone."""


@given(before=st.lists(KEYS, unique=True), changes=OURS)
def test_a_dictionary_is_as_it_was_in_order_too(before, changes):
    mapping = {key: Thing() for key in before}
    was = list(mapping.items())
    ours = Changes()
    for what, key in changes:
        ours.put(mapping, key, Thing()) if what == "put" else ours.drop(mapping, key)
    ours.undo()
    ours.undo()
    assert list(mapping.items()) == was


@given(before=st.lists(KEYS, unique=True), changes=OURS, theirs=st.dictionaries(KEYS, st.integers()))
def test_what_others_set_meanwhile_stays(before, changes, theirs):
    mapping = {key: Thing() for key in before}
    was = dict(mapping)
    ours = Changes()
    for what, key in changes:
        ours.put(mapping, key, Thing()) if what == "put" else ours.drop(mapping, key)
    mapping.update(theirs)
    ours.undo()
    assert mapping == {**was, **theirs}
    assert [key for key in mapping if key in was] == list(was)


def test_lists_and_attributes_are_as_they_were():
    items, owner = [1, 2], SimpleNamespace(kept=1)
    ours, item = Changes(), {"id": "ours"}
    ours.append(items, item)
    items.append(3)
    ours.attribute(owner, "kept", 2)
    ours.attribute(owner, "new", 3)
    seen = []
    ours.then(lambda: seen.append(dict(vars(owner))))
    ours.undo()
    assert items == [1, 2, 3]
    assert vars(owner) == {"kept": 1}
    assert seen == [{"kept": 2, "new": 3}]


def test_an_attribute_that_somebody_else_set_stays():
    owner = SimpleNamespace(name=1)
    ours = Changes()
    ours.attribute(owner, "name", 2)
    owner.name = 3
    ours.undo()
    assert owner.name == 3
