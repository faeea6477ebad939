"""The header is refused with line, column, the value and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.scenario_folders import HEADER, faults_of, the_fault, write_folder

GOLD = "{tier: 1, target: {measure: unit_otif, level: 0.9}, services: [express, standard]}"
WRONG_VALUES = {
    ("format: 1", "format: 2"): "1:9: format: '2' is not a choice -> ",
    ("name: small", "name: a b"): "2:7: name: 'a b' is not written as it must be -> use letters",
    ("name: small", "name: "): "2:1: name is blank -> write its value",
    (
        "2026-11-23",
        "23.11.2026",
    ): "horizon.start: '23.11.2026' is not an ISO date -> write 2026-11-",
    ("2026-11-23", "46349"): "a spreadsheet's day count; if it means 2026-11-23, write 2026-11-23",
    ("2026-11-23", "2026-11-31"): "'2026-11-31' is a day that does not exist -> correct",
    (
        "2026-11-23",
        "1899-11-30",
    ): "'1899-11-30' is too small -> write a value of at least 1900-01-01",
    (
        "2026-11-23",
        "2201-01-01",
    ): "'2201-01-01' is too large -> write a value of at most 2200-12-31",
    ("days: 14", "days: 0"): "4:36: horizon.days: '0' is too small -> write a value of at least 1",
    ("days: 14", "days: 367"): "horizon.days: '367' is too large -> write a value of at most 366",
    ("days: 14", "days: 1.5"): "horizon.days: '1.5' is not a whole number -> write a whole number",
    ("days: 14", "days: 1_4"): "horizon.days: '1_4' is not a number -> write digits",
    ("days: 14", "days: two"): "horizon.days: 'two' is not a number -> write digits",
    ("days: 14", "days: [1]"): "horizon.days: \"['1']\" is not what belongs here -> write a single",
    ("tier: 1", "tier: 0"): "6:16: segments.gold.tier: '0' is too small -> write a value of at l",
    (
        "level: 0.9",
        "level: 97%",
    ): "segments.gold.target.level: '97%' is not a number -> write the sha",
    (
        "level: 0.9",
        "level: 0,9",
    ): "6:57: unknown key 'segments.gold.target.9' -> write decimals with a point",
    (
        "level: 0.9",
        "level: '0,9'",
    ): "'0,9' is not a number -> write the decimal comma as a point: 0.9",
    (
        "level: 0.9",
        "level: nan",
    ): "segments.gold.target.level: 'nan' is not a number -> write a finite",
    ("level: 0.9", "level: .inf"): "'.inf' is not a number -> write digits with a decimal point",
    (
        "unit_otif",
        "unit_otfi",
    ): "6:37: segments.gold.target.measure: 'unit_otfi' is not a choice -> did",
    ("[standard]", "[]"): "9:15: segments.core.services is empty -> write at least one entry",
    ("[standard]", "standard"): "'standard' is not what belongs here -> write a list",
    ("[standard]", "[standard, standard]"): "service 'standard' is listed twice -> change",
    (
        "[standard]",
        "[standrad]",
    ): "'core' names the unknown service 'standrad' -> did you mean 'stan",
    (GOLD, "gold"): "6:9: segments.gold: 'gold' is not what belongs here -> write keys with values",
    ("  gold:", "  ' gold':"): "6:3: segments. gold: ' gold' is not written as it must be -> write",
    ("A small good scenario", '"a\\x07"'): "is not written as it must be -> write one line",
    ("standard: {}", "standard:"): "services.standard is blank -> write its value, or {} for",
    ("surcharge_per_unit: 1.5", "surcharge_per_unit: -1"): "surcharge_per_unit: '-1' is too small",
    ("surcharge_per_unit: 1.5", "surcharge_per_unit: 1e10"): "'1e10' is too large -> write a value",
    (
        "07:00-12:00",
        "7-12",
    ): "window: '7-12' is not written as it must be -> write the window as 07",
    ("07:00-12:00", "12:00-07:00"): "window '12:00-07:00' must open before it closes -> change",
}
"""Replacements in the good header, and what is said about them."""


def spoilt(folder: Path, old: str, new: str) -> Path:
    assert HEADER.count(old) >= 1
    return write_folder(folder, HEADER.replace(old, new, 1))


@pytest.mark.parametrize(("change", "said"), WRONG_VALUES.items(), ids=lambda x: str(x)[:40])
def test_a_wrong_value_is_named_at_its_place(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    fault = str(faults_of(spoilt(tmp_path, *change))[0])
    assert fault.startswith("scenario.yaml:")
    assert said in fault


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title:", "titel:", "scenario.yaml:3:1: unknown key 'titel' -> did you mean 'title'?"),
        ("title:", "extend:", "scenario.yaml:3:1: unknown key 'extend' -> did you mean 'extends'?"),
        ("title:", "table:", "scenario.yaml:3:1: unknown key 'table' -> did you mean 'tables'?"),
        ("days:", "dayz:", "4:30: unknown key 'horizon.dayz' -> did you mean 'days'?"),
        ("target:", "targt:", "6:19: unknown key 'segments.gold.targt' -> did you mean 'target'?"),
        (
            "level:",
            "levle:",
            "6:48: unknown key 'segments.gold.target.levle' -> did you mean 'level'?",
        ),
        ("window:", "windov:", "unknown key 'services.express.windov' -> did you mean 'window'?"),
    ],
)
def test_an_unknown_key_is_named_with_the_one_that_is_meant(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert said in [str(i)[-len(said) :] for i in faults_of(spoilt(tmp_path, old, new))]


@pytest.mark.parametrize("key", ["format", "name", "horizon", "segments", "services"])
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    kept: list[str] = []
    inside = False
    for line in HEADER.splitlines():
        inside = line.startswith(f"{key}:") or (inside and line.startswith(" "))
        kept += [] if inside else [line]
    fault = the_fault(write_folder(tmp_path, "\n".join(kept)))
    assert fault == f"scenario.yaml:1:1: {key} is missing -> add the key {key!r}"


def test_segments_that_share_a_tier_share_a_base(tmp_path: Path) -> None:
    text = "tier: 1\n    target: {measure: line_fill, level: 1}"
    fault = the_fault(write_folder(tmp_path, HEADER.replace("tier: 2", text)))
    assert fault.startswith("scenario.yaml:6:3: segments: segments 'gold' and 'core' share tier 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "scenario.yaml: the file holds nothing"),
        ("# nothing\n", "scenario.yaml: the file holds nothing"),
        ("- 1\n- 2\n", "scenario.yaml:1:1: the file is not a list of keys"),
        ("format: 1\nformat: 1\n", "2:1: key 'format' is given twice, first in line 1 -> keep one"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document starts here -> keep only one"),
        ("a: !!int 1\n", "1:4: tag tag:yaml.org,2002:int is not used here -> delete the tag"),
        ("a: !!python/object:os.system x\n", "is not used here -> delete the tag"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3: merge key '<<' is not used here -> write the keys"),
        ("a: [1, 2\nb: 3\n", "this is not YAML: expected ',' or ']'"),
        ("a: 'open\n", "this is not YAML: found unexpected end of stream"),
        ("a: *nobody\n", "1:4: alias *nobody has no finished anchor before it -> write the value"),
        ("a: &a [*a]\n", "1:8: alias *a has no finished anchor before it -> write the value out"),
        ("? [a, b]\n: 1\n", "1:3: a key is not plain text -> write the key as one word"),
        ('"": 1\n', "1:1: a key is not plain text -> write the key as one word"),
        ("a:\n\tb: 1\n", "this is not YAML: found character '\\t'"),
        ("a: 1\nb: \x07\n", "2:4: control character '\\x07' -> delete it"),
        ('a: "\\UFFFFFFFF"\n', "this is not YAML: "),
        ("a: " + "[" * 30 + "]" * 30, "1:23: nested deeper than 20 levels -> nest less"),
        ("[" * 100_000, "nested deeper than 20 levels -> nest less"),
    ],
)
def test_yaml_that_a_scenario_may_not_use(text: str, said: str, tmp_path: Path) -> None:
    assert said in the_fault(write_folder(tmp_path, text))


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "scenario.yaml").write_bytes(b"format: 1\nname: M\xfcnchen\n")
    fault = the_fault(folder)
    assert fault == "scenario.yaml:2: byte 0xfc is not UTF-8 -> save the file as UTF-8"


def test_a_yaml_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    fault = the_fault(write_folder(tmp_path, bomb))
    assert "more than 20,000 values once aliases are expanded -> keep the data in tables" in fault


def test_deep_aliases_count_with_their_depth(tmp_path: Path) -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 30))
    assert "nested deeper than 20 levels" in the_fault(write_folder(tmp_path, chain))


def test_a_header_of_more_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, HEADER + "#" * 1_000_000))
    assert "bytes, more than 1,000,000 -> keep only the header here" in fault


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("horizon.days=0", "--set horizon.days=0: horizon.days: '0' is too small -> write a value"),
        (
            "horizon.dayz=3",
            "--set horizon.dayz=3: unknown key 'horizon.dayz' -> did you mean 'days'",
        ),
        ("segments.gld.tier=1", "segments.gld.services is missing -> add the key 'services'"),
        ("horizon", "--set horizon: this is not KEY=VALUE -> write it as segments.core.target"),
        ("=1", "--set =1: this is not KEY=VALUE"),
        ("policy=[", "--set policy=[: this is not YAML: "),
        ("policy=", "--set policy=: policy is blank -> write its value"),
        (
            "extends=other",
            "--set extends=other: extends cannot be set here -> write it in the YAML",
        ),
        ("tables.orders=../x.csv", "--set tables.orders=../x.csv: '../x.csv' lies outside"),
    ],
)
def test_an_override_is_checked_like_the_file(override: str, said: str, tmp_path: Path) -> None:
    assert said in the_fault(write_folder(tmp_path), override)


@pytest.mark.parametrize(
    ("extends", "said"),
    [
        ("nowhere", "scenario.yaml:1:10: 'nowhere' does not exist -> name a folder"),
        ("nowhere.yaml", "scenario.yaml:1:10: there is no file 'nowhere.yaml' -> correct the path"),
        ("scenario.yaml", "comes back to a file that extends this one -> remove one extends"),
        ("[a]", "scenario.yaml:1:10: extends is not a path -> write a folder or a YAML file"),
        ("http://host/base.yaml", "there is no file 'http:/host/base.yaml'"),
        ("orders.csv", "'orders.csv' is not a YAML file -> name a folder or a .yaml file"),
    ],
)
def test_a_parent_that_cannot_be_read_is_named(extends: str, said: str, tmp_path: Path) -> None:
    assert said in the_fault(write_folder(tmp_path, f"extends: {extends}\n"))


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "a", "extends: ../b\n")
    write_folder(tmp_path / "b", "extends: ../a\n")
    fault = the_fault(tmp_path / "a")
    assert fault.startswith("../b/scenario.yaml:1:10: extends '../a' comes back to a file")


def test_more_than_ten_files_that_extend_one_another_are_refused(tmp_path: Path) -> None:
    for n in range(11):
        write_folder(tmp_path / f"{n}", f"extends: ../{n + 1}\n")
    write_folder(tmp_path / "11")
    assert "more than 10 files extend one another -> merge some" in the_fault(tmp_path / "0")


def test_a_fault_of_the_parent_names_the_parents_file(tmp_path: Path) -> None:
    write_folder(tmp_path / "base", HEADER.replace("days: 14", "days: 0"))
    write_folder(tmp_path / "child", "extends: ../base\nhorizon: {start: 2026-11-24}\n")
    fault = the_fault(tmp_path / "child")
    assert fault.startswith("../base/scenario.yaml:4:36: horizon.days: '0' is too small")


def test_a_path_that_leads_to_no_scenario_is_named(tmp_path: Path) -> None:
    assert "there is no file 'scenario.yaml'" in the_fault(tmp_path)
    assert "'nowhere' does not exist -> name a folder or a .yaml file" in the_fault(
        tmp_path / "nowhere"
    )
    assert "there is no file 'nowhere.yaml'" in the_fault(tmp_path / "nowhere.yaml")
    (tmp_path / "scenario.yaml").mkdir()
    assert "scenario.yaml is no file" in the_fault(tmp_path)
