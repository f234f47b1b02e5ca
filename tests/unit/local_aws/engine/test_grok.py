"""Grok patterns: columns, types, references, and what cannot be compiled."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.errors import InvalidClassifierError
from airflow_lineage_provider.local_aws.engine.grok import GrokPattern
from airflow_lineage_provider.local_aws.engine.grok_patterns import BUILT_IN_PATTERNS, read_patterns

_EXAMPLES = {
    "BASE10NUM": ("-12.5", "x"),
    "BASE16FLOAT": ("0x1F.8", "zz"),
    "BASE16NUM": ("0xFF", "zz"),
    "BOOLEAN": ("TRUE", "yes"),
    "CISCOMAC": ("001a.2b3c.4d5e", "001a2b3c4d5e"),
    "CISCOTIMESTAMP": ("Feb 1 06:25:43", "Feb 06:25:43"),
    "COMMONMAC": ("00:1a:2b:3c:4d:5e", "00:1a"),
    "DATESTAMP_EU": ("31.12.2025 06:25:43", "31.12.2025"),
    "DATESTAMP_EVENTLOG": ("20251231062543", "2025"),
    "DATESTAMP_OTHER": ("Wed Dec 31 06:25:43 UTC 2025", "Dec 31"),
    "DATESTAMP_RFC2822": ("Wed, 31 Dec 2025 06:25:43 +0100", "Wed 31 Dec"),
    "DATESTAMP_RFC822": ("Wed Dec 31 2025 06:25:43 PST", "Wed Dec 31"),
    "DATESTAMP_US": ("12/31/2025 06:25:43", "12/31/2025"),
    "DATE_EU": ("31.12.2025", "31"),
    "DATE_US": ("12/31/2025", "12"),
    "DAY": ("Wednesday", "Wotan"),
    "HOSTNAME": ("web-1.example.com", "..."),
    "HOSTPORT": ("example.com:80", "example.com"),
    "HTTPDATE": ("10/Oct/2000:13:55:36 -0700", "10/Oct/2000"),
    "INT": ("-7", "x"),
    "IP": ("192.0.2.1", "x"),
    "IPV4": ("255.255.255.255", "256.1.1.1"),
    "IPV6": ("2001:db8::1", "1:2:3"),
    "ISO8601_TIMEZONE": ("+01:00", "x"),
    "LOGLEVEL": ("WARNING", "LOUD"),
    "MAC": ("00-1a-2b-3c-4d-5e", "00-1a"),
    "MESSAGESLOG": ("Feb  1 06:25:43 web1 sshd[7]: hello", "hello"),
    "MONTH": ("September", "Octember"),
    "MONTHNUM2": ("09", "9"),
    "NONNEGINT": ("0", "x"),
    "NUMBER": (".5", "x"),
    "PATH": ("C:\\dir\\file", "x"),
    "POSINT": ("12", "0"),
    "QUOTEDSTRING": ('"say \\"hi\\""', '"open'),
    "SYSLOGBASE": ("Feb  1 06:25:43 web1 sshd[7]:", "Feb  1"),
    "SYSLOGFACILITY": ("<13.5>", "<x>"),
    "SYSLOGTIMESTAMP": ("Feb  1 06:25:43", "Feb  1"),
    "TIME": ("06:25:43.123", "06:25"),
    "TIMESTAMP_ISO8601": ("2025-12-31T06:25:43.123+01:00", "2025-12-31"),
    "TTY": ("/dev/pts/0", "/dev/null"),
    "UNIXPATH": ("/var/log/x.log", "x"),
    "URI": ("https://user@example.com:8443/a/b?c=d&e", "example.com/a"),
    "URIPARAM": ("?a=1", "a=1"),
    "UUID": ("123e4567-e89b-12d3-a456-426614174000", "123e4567"),
    "WINDOWSMAC": ("00-1a-2b-3c-4d-5e", "00:1a:2b:3c:4d:5e"),
    "WINPATH": ("C:\\dir\\file", "/dir/file"),
    "WORD": ("word", "--"),
}


def _fields(pattern: str, custom: str = "") -> dict[str, str]:
    return dict(GrokPattern.compile(pattern, custom).fields)


def _refusal(pattern: str, custom: str = "") -> str:
    with pytest.raises(InvalidClassifierError) as raised:
        GrokPattern.compile(pattern, custom)
    return raised.value.problem


class TestFields:
    def test_are_strings_in_the_order_of_the_pattern(self) -> None:
        found = GrokPattern.compile("%{WORD:verb} %{NUMBER:size}").fields

        assert found == (("verb", "string"), ("size", "string"))

    @pytest.mark.parametrize(
        "cast, data_type",
        [
            ("byte", "tinyint"),
            ("boolean", "boolean"),
            ("double", "double"),
            ("short", "smallint"),
            ("int", "int"),
            ("long", "long"),
            ("float", "float"),
        ],
    )
    def test_have_the_type_they_are_cast_to(self, cast: str, data_type: str) -> None:
        assert _fields(f"%{{NUMBER:num:{cast}}}") == {"num": data_type}

    def test_named_inside_a_pattern_are_columns_of_whoever_uses_it(self) -> None:
        assert _fields("%{HOSTPORT:server}") == {"server": "string", "PORT": "string"}

    def test_of_a_name_used_twice_are_one_column(self) -> None:
        assert _fields("%{INT:n:int} %{INT:n}") == {"n": "int"}

    def test_that_are_unwanted_are_no_columns(self) -> None:
        assert _fields("%{WORD:UNWANTED} %{WORD}") == {}

    def test_may_be_named_groups_of_the_expression(self) -> None:
        assert _fields("(?<user>[a-z]+)(?<!x) %{INT:n}") == {"user": "string", "n": "string"}

    def test_of_the_typed_apache_pattern_have_its_types(self) -> None:
        found = _fields("%{COMMONAPACHELOG_DATATYPED}")

        assert (found["response"], found["bytes"], found["verb"]) == ("int", "long", "string")


class TestMatching:
    def test_finds_the_pattern_anywhere_in_the_line(self) -> None:
        assert GrokPattern.compile("%{INT:n} items").matches("there are 12 items left")

    def test_honours_anchors(self) -> None:
        assert not GrokPattern.compile("^%{INT:n}").matches("there are 12")

    def test_knows_a_pattern_defined_where_it_is_used(self) -> None:
        pattern = GrokPattern.compile("^%{Bytes:bytes=%{NUMBER}|-}$")

        assert pattern.fields == (("bytes", "string"),)
        assert [pattern.matches(line) for line in ("12", "-", "x")] == [True, True, False]

    def test_groups_the_alternatives_of_a_pattern(self) -> None:
        pattern = GrokPattern.compile("^%{LEVEL:level}$", "LEVEL LOW|HIGH")

        assert [pattern.matches(line) for line in ("LOW", "HIGH", "LOWER")] == [True, True, False]

    def test_lets_custom_patterns_use_and_replace_built_in_ones(self) -> None:
        custom = "STAMP %{YEAR}/%{MONTHNUM}\r\nYEAR \\d{3}\n\nno definition:\nALONE"

        assert GrokPattern.compile("^%{STAMP:at}$", custom).matches("999/12")

    def test_keeps_flags_within_the_pattern_that_begins_with_them(self) -> None:
        pattern = GrokPattern.compile("^%{ANSWER:a} ok$", "ANSWER (?i)yes|no")

        assert [pattern.matches(line) for line in ("YES ok", "No ok", "yes OK")] == [True, True, False]

    @pytest.mark.parametrize("name", sorted(_EXAMPLES))
    def test_of_a_built_in_pattern_tells_its_own_kind_from_others(self, name: str) -> None:
        own, other = _EXAMPLES[name]
        pattern = GrokPattern.compile(f"^%{{{name}}}$")

        assert (pattern.matches(own), pattern.matches(other)) == (True, False)

    @pytest.mark.parametrize("name", sorted(BUILT_IN_PATTERNS))
    def test_can_use_every_built_in_pattern(self, name: str) -> None:
        assert _fields(f"%{{{name}:field}}")["field"] == "string"


class TestIpv6:
    """The pattern is written by hand, so it is compared with the standard library."""

    @given(st.ip_addresses(v=6))
    def test_matches_every_address_and_all_of_it(self, address: IPv6Address) -> None:
        for text in (str(address), address.exploded):
            found = re.search(BUILT_IN_PATTERNS["IPV6"], f"from {text} on")

            assert found is not None
            assert found.group() == text

    @given(st.text("0123abF:.", max_size=30))
    def test_matches_as_a_whole_only_what_is_an_address(self, text: str) -> None:
        if re.fullmatch(BUILT_IN_PATTERNS["IPV6"], text):
            assert IPv6Address(text).version == 6


class TestRefusals:
    @pytest.mark.parametrize(
        "pattern, custom, problem",
        [
            pytest.param("%{NOSUCH:x}", "", "there is no grok pattern NOSUCH", id="unknown pattern"),
            pytest.param("%{A:x}", "A %{B}\nB %{A}", "a grok pattern refers to itself", id="a circle"),
            pytest.param("%{WORD:x", "", "'%{WORD:x' is not closed", id="an open reference"),
            pytest.param("%{WO RD}", "", "%{WO RD} is no reference to a grok pattern", id="no reference"),
        ],
    )
    def test_say_what_is_wrong(self, pattern: str, custom: str, problem: str) -> None:
        assert _refusal(pattern, custom) == problem

    def test_name_the_types_there_are(self) -> None:
        assert _refusal("%{WORD:x:uuid}").startswith(
            "'uuid' is no type a grok field can have; known: boolean,"
        )

    def test_pass_on_what_the_regular_expression_lacks(self) -> None:
        assert _refusal("(%{WORD:x}").startswith("the grok pattern is no regular expression: ")


class TestReadingPatterns:
    def test_takes_lines_of_name_and_definition_only(self) -> None:
        assert read_patterns("A a b\n# comment\nB\n  C  c  \n") == {"A": "a b", "C": "c"}
