from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.engine.errors import InvalidPatternError
from airflow_lineage_provider.local_aws.engine.globs import Exclusions

DAYS = ["2015/01/{[!0],0[8-9]}**", "2015/0[2-9]/**", "2015/1[0-2]/**"]


class TestExclusions:
    @pytest.mark.parametrize(
        "patterns, path, excluded",
        [
            pytest.param(["departments/**"], "departments/a/b.json", True, id="everything below"),
            pytest.param(["departments/**"], "departments.json", False, id="not the sibling"),
            pytest.param(["departments/market*"], "departments/market-us.json", True, id="files by prefix"),
            pytest.param(["departments/market*"], "departments/market/x.json", False, id="* stays in a name"),
            pytest.param(["**.csv"], "a/b/c.csv", True, id="** crosses folders"),
            pytest.param(["*.csv"], "c.csv", True, id="in the current folder"),
            pytest.param(["*.csv"], "a/c.csv", False, id="only in the current folder"),
            pytest.param(["employees/*.csv"], "employees/c.csv", True, id="directly in a folder"),
            pytest.param(["myfolder/*"], "myfolder/a", True, id="one level"),
            pytest.param(["myfolder/*"], "myfolder/a/b", False, id="one level, not two"),
            pytest.param(["myfolder/*/*"], "myfolder/a/b", True, id="two levels"),
            pytest.param(["myfolder**"], "myfolder", True, id="the folder too"),
            pytest.param(["a?c"], "abc", True, id="one character"),
            pytest.param(["a?c"], "a/c", False, id="? is not a slash"),
            pytest.param(["[a-c]x"], "bx", True, id="range"),
            pytest.param(["[abce-g]"], "f", True, id="set with range"),
            pytest.param(["[!a-c]"], "d", True, id="negated"),
            pytest.param(["[!a-c]"], "b", False, id="negated, in it"),
            pytest.param(["[!a]"], "/", False, id="a set is never a slash"),
            pytest.param(["[*?]"], "*", True, id="wildcards are literal in a set"),
            pytest.param(["[*?]"], "x", False, id="wildcards are literal in a set, other"),
            pytest.param(["[-a]"], "-", True, id="a leading hyphen is literal"),
            pytest.param(["[!-a]"], "-", False, id="a hyphen after ! is literal"),
            pytest.param(["x.{json,txt}"], "x.txt", True, id="alternatives"),
            pytest.param(["x.{json,txt}"], "x.csv", False, id="alternatives, none"),
            pytest.param(["a,b"], "a,b", True, id="a comma outside braces"),
            pytest.param(["a}"], "a}", True, id="a brace that closes nothing"),
            pytest.param([r"\{a\}"], "{a}", True, id="escaped braces"),
            pytest.param([r"\*"], "x", False, id="escaped star"),
            pytest.param(["*"], ".hidden", True, id="a leading dot is ordinary"),
            pytest.param(["a.c"], "abc", False, id="a dot is a dot"),
            pytest.param(DAYS, "2015/01/07/x", False, id="documented: 7 January stays"),
            pytest.param(DAYS, "2015/01/08/x", True, id="documented: 8 January goes"),
            pytest.param(DAYS, "2015/01/15/x", True, id="documented: 15 January goes"),
            pytest.param(DAYS, "2015/02/01/x", True, id="documented: February goes"),
            pytest.param(DAYS, "2015/12/01/x", True, id="documented: December goes"),
            pytest.param([], "anything", False, id="no pattern"),
        ],
    )
    def test_match_relative_paths(self, patterns: list[str], path: str, excluded: bool) -> None:
        assert Exclusions(patterns).exclude(path) is excluded

    @pytest.mark.parametrize("pattern", ["a[bc", "a{b", "{a,{b}}", "a\\", "[]", "[z-a]"])
    def test_refuse_what_is_no_pattern(self, pattern: str) -> None:
        with pytest.raises(InvalidPatternError) as raised:
            Exclusions([pattern])

        assert raised.value.pattern == pattern
