"""The language of workflows: values, and what nobody gets out of it."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.host.workflows.expressions import LIMIT, Bad, check, evaluate, fill
from atom_shopify_plugin.host.workflows.values import dump

DATA = {
    "trigger": {"id": 7, "total": "12.50", "tags": ["a", "b"], "customer": None, "items": [{"sku": "X", "n": 2}]},
    "text": "a, b ,c",
    "big": "x" * 200_000,
    "list": list(range(1000)),
    "secret_object": {"__class__": "data, not a class"},
}

VALUES = {
    "{{ trigger.id }}": 7,
    "{{ trigger }}": DATA["trigger"],
    "id {{ trigger.id }}": "id 7",
    "{{ trigger.id }}{{ trigger.id }}": "77",
    "{{ trigger.items }}": DATA["trigger"]["items"],
    "{{ trigger['items'][0].sku }}": "X",
    "{{ trigger['items'][-1]['n'] }}": 2,
    "{{ trigger.tags[0:1] }}": ["a"],
    "{{ trigger.customer }}": None,
    "[{{ trigger.customer }}]": "[]",
    "tags: {{ trigger.tags }}": 'tags: ["a", "b"]',
    "{{ trigger.total | float > 12 }}": True,
    "{{ trigger.total | float * 2 - 1 }}": Decimal("24.00"),
    "{{ trigger.total * 2 - 1 }}": Decimal("24.00"),
    "{{ trigger.total > 9 and 9 < trigger.total }}": True,
    "{{ '9.00' < '10.00' }}": True,
    "{{ ['9.00', '10.00'] | max }}": "10.00",
    "{{ ['10.00', '9.00'] | sort }}": ["9.00", "10.00"],
    "{{ '2026-10-09' < '2026-10-31' }}": True,
    "{{ trigger.total == 12.5 }}": True,
    "{{ '12.50' == '12.5' }}": False,
    "{{ '5' * 19.99 }}": Decimal("99.95"),
    "{{ 0.1 + 0.2 }}": Decimal("0.3"),
    "{{ '1.5' + 1 }}": Decimal("2.5"),
    "{{ '1' | number + '2' | number }}": 3,
    "{{ '1' ~ 2 }}": "12",
    "{{ (2.01 * 0.5) | money('EUR') }}": "1.01",
    "{{ (2.01 * 500) | money('JPY') }}": "1005",
    "{{ '1.0005' | money('KWD') }}": "1.001",
    "{{ -1.005 | money('USD') }}": "-1.01",
    "{{ (2.01 * 0.5) | round(2) }}": Decimal("1.01"),
    "{{ 2.5 | round }}": 3,
    "{{ -7 // 2 }}": -4,
    "{{ -7.5 // 2 }}": Decimal(-4),
    "{{ -7.5 % 2 }}": Decimal("0.5"),
    "{{ '12.0' | int }}": 12,
    "{{ '12.50' is numeric and '12,50' is not numeric and '12.50' is not number }}": True,
    "a {{ 12.50 * 2 }} b": "a 25.0 b",
    "{{ 7 // 2 }}": 3,
    "{{ 7 % 4 }}": 3,
    "{{ 'yes' if trigger.id == 7 else 'no' }}": "yes",
    "{{ trigger.tags + ['c'] }}": ["a", "b", "c"],
    "{{ (trigger.tags + ['a']) | unique | list }}": ["a", "b"],
    "{{ 'a' in trigger.tags and 'z' not in trigger.tags }}": True,
    "{{ trigger['items'] | map(attribute='n') | sum }}": 2,
    "{{ trigger['items'] | sum('n') }}": 2,
    "{{ trigger['items'] | selectattr('n', 'gt', 1) | list | length }}": 1,
    "{{ trigger.none_such | default('none') }}": "none",
    "{{ trigger.customer.id is defined }}": False,
    "{{ trigger.customer is none }}": True,
    "{{ text | split | join('-') }}": "a-b-c",
    "{{ text | replace(',', ';') | upper }}": "A; B ;C",
    "{{ 2.345 | round(1) }}": Decimal("2.3"),
    "{{ {'a': [1, none]} }}": {"a": [1, None]},
    "{{ trigger | tojson }}": json.dumps(DATA["trigger"]),
    "{{ secret_object.__class__ }}": "data, not a class",
    "{# a note #}{{ trigger.id }}": 7,
    "{{ '007' }}": "007",
    "{{ '[1, 2]' }}": "[1, 2]",
}


@pytest.mark.parametrize(("source", "value"), VALUES.items(), ids=VALUES)
def test_an_expression_has_a_value_with_its_type(source, value):
    assert evaluate(source, DATA) == value
    assert type(evaluate(source, DATA)) is type(value)


ATTACKS = [
    # Python's objects
    "{{ ''.__class__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ ''['__class__'] }}",
    "{{ [].append }}", "{{ trigger.keys }}", "{{ trigger.tags.append }}", "{{ text.format }}",
    "{{ trigger | attr('__class__') }}", "{{ trigger.tags | map(attribute='__class__') | list }}",
    "{{ trigger['items'] | map(attribute='__class__.__mro__') | list }}", "{{ list | sum('__class__') }}",
    "{{ text | sort(attribute='__class__') }}", "{{ trigger.tags | selectattr('__class__') | list }}",
    "{{ (1).__class__ }}", "{{ none.__class__ }}", "{{ true.__init__ }}", "{{ undefined_thing.__class__ }}",
    "{{ '%s' % trigger }}", "{{ '{0.__class__}' | format(text) }}", "{{ '{0.__class__}'.format(text) }}",
    # names of Jinja and Python
    "{{ self }}", "{{ self.__init__ }}", "{{ range(3) }}", "{{ lipsum() }}", "{{ cycler.__init__ }}", "{{ dict() }}",
    "{{ joiner }}", "{{ namespace() }}", "{{ config }}", "{{ request }}", "{{ g }}", "{{ __builtins__ }}",
    "{{ loop }}", "{{ super() }}", "{{ caller() }}", "{{ varargs }}", "{{ get_flashed_messages() }}",
    # calls, statements
    "{{ trigger() }}", "{{ text.upper() }}", "{{ trigger.items() }}", "{{ (lambda: 1)() }}",
    "{% for x in list %}{% for y in list %}{{ x }}{% endfor %}{% endfor %}", "{% set x = 1 %}{{ x }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% include '/etc/passwd' %}", "{% import 'os' as os %}",
    "{% extends 'x' %}", "{% block b %}{% endblock %}", "{% if true %}x{% endif %}", "{% with %}{% endwith %}",
    "{% filter upper %}x{% endfilter %}", "{% call m() %}{% endcall %}", "{% do 1 %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ trigger.id := 3 }}", "{{ [x for x in list] }}", "{{ f'{text}' }}", "{{ import('os') }}", "{{ exec('1') }}",
    # time and space
    "{{ 'x' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 1000000000 * 'x' }}", "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ 2 ** 100000 }}", "{{ '%1000000000d' % 1 }}", "{{ big + big }}", "{{ big + big + big + big }}",
    "{{ [big, big, big, big] }}", "{{ [list, list] | map('list') | list | map('join', big) | list }}",
    "{{ list | join(big) }}", "{{ big | replace('x', big) }}", "{{ big | replace('', big) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ 'x' | indent(1000000000) }}", "{{ 'x' | wordwrap(1) }}", "{{ list | batch(1000000000, 'x') }}",
    "{{ list | slice(9) }}",
    "{{ 1.5 | round(1000000000) }}", "{{ 1 | round(-1000000000) }}", "{{ 1e308 * 10 }}", "{{ 'nan' | float }}",
    "{{ 'inf' | float }}", "{{ 999999999999999999 * 999999999999999999 }}", "{{ 1 / 0 }}", "{{ 1 % 0 }}",
    "x{{ big }}{{ big }}", "{{ " + "(" * 900 + "1" + ")" * 900 + " }}", "{{ " + "not " * 900 + "1 }}",
    "{{ " + "-" * 900 + "1 }}", "{{ " + "[" * 500 + "]" * 500 + " }}", "{{ " + "1+" * 900 + "1 }}",
    "{{ trigger" + ".a" * 900 + " }}", "{{ 'x' }}" * 2000, "{{ big ~ big ~ big ~ big }}", "{{ text | random }}",
    "{{ trigger | pprint }}", "{{ trigger | xmlattr }}", "{{ text | urlize }}", "{{ list | groupby('x') }}",
    # no text at all
    "{{", "{{ }}", "}}{{", "{{ 'x }}", "{{ a b }}", "{{ 1 + }}", "{{ * }}", "{{ trigger | }}", "{{ x is }}", "{%", "{#",
    "{{ trigger | nothing }}", "{{ trigger is nothing }}", "{{ text | default(*list) }}",
    "{{ text | default(**trigger) }}",
]  # fmt: skip


@pytest.mark.parametrize("source", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_is_refused_at_once(source):
    outcome = []

    def attack():
        try:
            outcome.append(evaluate(source, DATA))
        except Bad as bad:
            outcome.append(bad)

    thread = threading.Thread(target=attack, daemon=True)
    thread.start()
    thread.join(5)
    assert outcome, "it is still busy"
    if not isinstance(outcome[0], Bad):
        # What gives a value gives a small one, made of data alone.
        assert len(json.dumps(outcome[0])) <= 3 * LIMIT
        assert "class" not in json.dumps(outcome[0])
        assert source in HARMLESS


HARMLESS = {"{#"}


@pytest.mark.parametrize("source", ["{{ config }}", "{{ trigger }} {{ self }}", "{{ s2.x }}"])
def test_names_that_are_not_known_are_found_beforehand(source):
    assert check(source, frozenset({"trigger"}))
    assert check("{{ trigger.x }}", frozenset({"trigger"})) == []


def test_a_whole_text_may_be_an_expression_without_braces():
    assert evaluate("trigger.id > 3", DATA, expression=True) is True
    assert evaluate("{{ trigger.id > 3 }}", DATA, expression=True) is True
    with pytest.raises(Bad):
        evaluate("x {{ trigger.id > 3 }}", DATA, expression=True)


def test_an_error_names_the_place_and_no_value():
    with pytest.raises(Bad, match=r"^a: 1: there is no `email` in that object$"):
        fill({"a": ["x", "{{ trigger.email }}"]}, DATA)
    with pytest.raises(Bad) as caught:
        evaluate("{{ text | float + big | length + text }}", DATA)
    assert "a, b" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_a_value_comes_out_as_it_went_in(value):
    assert evaluate("{{ it }}", {"it": value}) == value
    assert evaluate("{{ it }}", {"it": [value, {"x": value}]}) == [value, {"x": value}]


@given(st.text(alphabet="{}%#|.()[]'\"+-*/~ abtrigger_0159,:=<>!", max_size=60))
def test_any_text_is_a_value_or_a_clear_refusal(source):
    try:
        value = evaluate("{{" + source + "}}", DATA)
    except Bad as bad:
        value = str(bad) or pytest.fail("a refusal says why")
    dump(value)
