"""Templates of notices beside a scenario: read, tried, kept with the run; faults have their row."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ScenarioError
from models.reasons import Reason
from optimizer import plan, read_scenario
from optimizer.runs.run_id import input_hashes
from optimizer.scenario.notice_templates import EXAMPLES, bundled_templates, fill
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.scenario_folders import BASE, the_fault, write_folder

SHORT = "Bonjour {{ name }}, {{ order }}: {{ promised or requested }}\n"


def folder_with(folder: Path, /, languages: str = "fr", **files: str | bytes) -> Path:
    """Write the good scenario, with no stock for its order, and files below ``notices``."""
    row = dict(BASE["customers"])
    rows = [
        row | {"customer": f"C{n}", "language": lang} for n, lang in enumerate(languages.split(), 1)
    ]
    write_folder(folder, customers=rows, stock="site,item,on_hand\nS1,A,0\n")
    (folder / "notices").mkdir()
    for name, text in files.items():
        path = folder / "notices" / name.replace("__", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def texts(folder: Path) -> list[str]:
    return plan(read_scenario(folder)).solution.notices["text"].tolist()


def test_a_template_of_a_company_is_filled_for_customers_of_its_language(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", fr__jinja=SHORT)
    (text,) = texts(folder)
    assert text.startswith("Bonjour ")
    assert text.endswith("O1: 2026-11-25")
    (upper,) = texts(folder_with(tmp_path / "b", "FR", fr__jinja=SHORT))
    assert upper == text


def test_a_template_of_a_company_replaces_the_one_that_comes_with_the_package(
    tmp_path: Path,
) -> None:
    (german,) = texts(folder_with(tmp_path / "a", "de"))
    assert german.startswith("Guten Tag")
    (own,) = texts(folder_with(tmp_path / "b", "de", de__jinja="Moin, {{ order }}!"))
    assert own == "Moin, O1!"


def test_a_child_replaces_its_parents_templates_one_by_one(tmp_path: Path) -> None:
    folder_with(tmp_path / "parent", fr__jinja=SHORT, de__jinja="Moin")
    child = tmp_path / "child"
    (child / "notices").mkdir(parents=True)
    (child / "scenario.yaml").write_text("extends: ../parent\nname: child\n")
    (child / "notices" / "fr.jinja").write_text("Salut")
    assert read_scenario(child).templates == {"fr": "Salut", "de": "Moin"}


def test_templates_are_written_read_back_and_part_of_what_names_a_run(tmp_path: Path) -> None:
    scenario = read_scenario(folder_with(tmp_path / "a", fr__jinja=SHORT))
    write_scenario(scenario, tmp_path / "copy", "parquet")
    again = read_scenario(tmp_path / "copy")
    assert again.templates == scenario.templates == {"fr": SHORT}
    assert input_hashes(again) == input_hashes(scenario)
    (tmp_path / "copy" / "notices" / "fr.jinja").write_text("Salut")
    assert input_hashes(read_scenario(tmp_path / "copy")) != input_hashes(scenario)


def test_a_language_without_a_template_is_a_warning_and_english(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", "it nl de")
    scenario = read_scenario(folder)
    (said,) = (text for text in scenario.warnings if "language" in text)
    assert said == (
        "2 customers with a language that has no template, first 'C1' with 'it': notices to them "
        "are in 'en'. Write notices/it.jinja."
    )
    assert texts(folder)[0].startswith("Dear ")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"fr__jinja": "a\n\n{{ ordre }}"}, "notices/fr.jinja:3: the template cannot be filled"),
        ({"fr__jinja": "{% if %}"}, "notices/fr.jinja:1: the template cannot be filled"),
        ({"fr__jinja": "\n{{ promised.year }}"}, "notices/fr.jinja:2: the template cannot"),
        ({"fr__jinja": "{{ name.__class__ }}"}, "notices/fr.jinja:1: the template cannot"),
        ({"fr__jinja": "{{ lines.clear() }}"}, "notices/fr.jinja:1: the template cannot"),
        ({"fr__jinja": "{% include 'scenario.yaml' %}"}, "notices/fr.jinja:1: the template cannot"),
        ({"fr__jinja": b"\xff\xfe"}, "notices/fr.jinja: the template cannot be read"),
        ({"fr__txt": "x"}, "notices/fr.txt: the file is no template of a language"),
        ({"FR__jinja": "x"}, "notices/FR.jinja: the file is no template of a language"),
    ],
)
def test_a_broken_template_is_a_fault_of_its_row(
    tmp_path: Path, files: dict[str, str | bytes], says: str
) -> None:
    assert the_fault(folder_with(tmp_path / "a", "en", **files)).startswith(says)


def test_a_template_that_some_order_cannot_fill_names_it(tmp_path: Path) -> None:
    text = "x\n{% if order == 'O1' %}{{ nothing }}{% endif %}"
    scenario = read_scenario(folder_with(tmp_path / "a", fr__jinja=text))
    with pytest.raises(ScenarioError, match=r"notices/fr.jinja:2: .* for order O1: 'nothing' is"):
        plan(scenario)


def test_a_link_to_a_place_outside_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", "en")
    (tmp_path / "secret.jinja").write_text("x")
    (folder / "notices" / "fr.jinja").symlink_to(tmp_path / "secret.jinja")
    assert "link to a place outside" in the_fault(folder)


@pytest.mark.parametrize("language", ["en", "de"])
def test_templates_of_the_package_say_every_reason_and_remedy(language: str) -> None:
    text = bundled_templates()[language]
    for reason in Reason:
        for recovery in (
            "express",
            "other_site",
            "substitute",
            "ship_part",
            "later_date",
            "credit",
        ):
            for facts in EXAMPLES:
                filled = fill(text, {**facts, "reason": reason.notice, "recovery": recovery})
                assert (reason.notice in filled) == (language == "en")
