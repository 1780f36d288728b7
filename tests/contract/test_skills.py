"""The skill files for agents stay true, and their front matter has what an ATOM host reads."""

from __future__ import annotations

import re

import pytest
import yaml
from official import ROOT
from skills import pages

from atom_shopify_plugin.catalog.loading import packaged

FOLDER = ROOT / "manifests" / "skills"
CATALOG = packaged()
PAGES = pages(CATALOG)
MEMBERS = {"name", "description", "version", "author", "tags", "maturity_level", "governance"}


def test_the_skill_files_are_up_to_date() -> None:
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")} == PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_skill_has_the_front_matter_that_the_host_reads(name: str) -> None:
    _, front, body = PAGES[name].split("---\n", 2)
    head = yaml.safe_load(front)
    assert head.keys() == MEMBERS
    assert head["name"] == name.removesuffix(".md")
    assert head["governance"].keys() == {"maturity_requirement", "reason"}
    effects = {CATALOG.actions[key].effect for key in re.findall(r"`shopify_(\w+)` \|", body)}
    level = "AUTONOMOUS" if "destructive" in effects else "SUPERVISED" if "write" in effects else "INTERN"
    assert head["maturity_level"] == head["governance"]["maturity_requirement"] == level


def test_every_action_is_told_in_one_skill() -> None:
    told = [key for text in PAGES.values() for key in re.findall(r"^\| `shopify_(\w+)`", text, re.MULTILINE)]
    assert sorted(told) == sorted(CATALOG.actions)
