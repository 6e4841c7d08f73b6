"""The statements for a server, as its owner executes them."""

from __future__ import annotations

import re

from pytest_maturity.records.migrations import VERSION, format_script, list_grants, list_migrations, quote


def test_current_tables_need_no_statement_and_older_ones_those_of_the_versions_between() -> None:
    assert list(list_migrations(VERSION)) == []
    assert [one for one in list_migrations(0) if one.startswith("INSERT")] == [
        "INSERT INTO maturity.migrations (version) VALUES (1)"
    ]


def test_writers_append_and_readers_read() -> None:
    reads = [
        'GRANT USAGE ON SCHEMA maturity TO "{}"',
        'GRANT SELECT ON maturity.migrations, maturity.runs, maturity.decisions TO "{}"',
    ]
    writes = [
        'GRANT INSERT ON maturity.runs, maturity.decisions TO "{}"',
        'GRANT UPDATE (started, verdict, document) ON maturity.runs TO "{}"',
    ]
    expected = [*(one.format("ci") for one in (*reads, *writes)), *(one.format("people") for one in reads)]
    assert list(list_grants(["ci"], ["people"])) == expected


def test_a_name_of_a_role_cannot_end_its_statement() -> None:
    assert quote('ci"; DROP TABLE runs; --') == '"ci""; DROP TABLE runs; --"'


def test_the_script_is_one_transaction() -> None:
    lines = format_script(["ci"], []).splitlines()
    assert lines[:2] == ["BEGIN;", "CREATE SCHEMA maturity;"]
    assert lines[-1] == "COMMIT;"
    assert len(re.findall("^CREATE TABLE", "\n".join(lines), re.MULTILINE)) == 3
