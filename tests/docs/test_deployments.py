"""What the pages about deployments name is there: configuration, commands, keys, files."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer.main

from bot import deployment_report
from bot.cli import app
from bot.config.deploying import Deploy
from bot.config.models import Migrations
from bot.domain.deploying.deployment import Deployment, Item, Stage
from bot.domain.deploying.gate import Light
from bot.releasing import Released

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / name for name in ("deployments.md", "deployment-plan.md", "release-template.md")]
RULES = PAGES[0].read_text()


def section(title: str) -> str:
    return RULES.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_configuration_shown_is_the_one_that_holds_by_default() -> None:
    shown = tomllib.loads("\n".join(re.findall(r"^    (.*)$", section("Configuration"), re.MULTILINE)))
    database = shown["databases"]["projectledger"]
    assert set(database["deploy"]) == set(Deploy.model_fields)
    assert Deploy.model_validate(database["deploy"]) == Deploy()
    assert set(database["migrations"]) == set(Migrations.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_that_is_named_is_there(page: Path) -> None:
    named = set(re.findall(r"(?:`|^ +)secondkey ([a-z]+)", page.read_text(), re.MULTILINE))
    assert named
    assert named <= set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", page.read_text())
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_every_key_that_scripts_may_read_is_there() -> None:
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", section("In a pipeline"), re.MULTILINE)
    named = [key for row in rows for key in re.findall(r"[a-z_]+", row)]
    deployment = Deployment(
        id="op-1", database="crm", release="v1", opened_by="cli:ci", stage=Stage.CLOSED,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    judged = {"verdict": "pass", "findings": [], "state": None}
    said = deployment_report.as_json(Released(deployment=deployment, result=judged))
    assert sorted(named) == sorted(said)


def test_every_light_and_every_item_of_the_checklist_is_explained() -> None:
    lights = re.findall(r"^\| [^|]+ \| `([a-z-]+)` \|", section("The lights"), re.MULTILINE)
    assert lights == list(Light)
    assert [item for item in Item if f"`{item}`" not in section("The checklist")] == []
