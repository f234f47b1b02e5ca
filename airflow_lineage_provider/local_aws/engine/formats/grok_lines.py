"""
Lines that a grok pattern describes: custom grok classifiers, and the built-in ones for well-known logs.

A classifier recognises a file if every line that is not blank, of the first 1,000 (or the first megabyte),
matches: Glue asks for certainty 1.0, and how it reckons it for grok is not published. A line longer than
16 KiB never matches, so that a file without line ends cannot keep an expression busy.

Glue names the classifications of the built-in logs and for Apache's also the patterns. For the others the
columns are those of the logs' well-known grok patterns; Linux's is taken to be the kernel's line in the
system log, Microsoft's the IIS log file format. The patterns travel with the table: its SerDe can read it.

.. seealso:: AWS Glue Developer Guide, "Writing grok custom classifiers" and "Built-in classifiers".
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.text import (
    TEXT_INPUT,
    TEXT_OUTPUT,
    TextSample,
    first_line,
    read_text,
)
from airflow_lineage_provider.local_aws.engine.grok import GrokPattern
from airflow_lineage_provider.local_aws.engine.schema import Scalar, StructOf

__all__ = ["LOG_FORMATS", "GrokFormat", "GrokTable"]

_MAX_LINES = 1000
_MAX_LINE = 16 * 1024


@dataclass(frozen=True, slots=True)
class GrokTable(TableFormat):
    """Lines in the Data Catalog; what another pattern describes is another table."""

    def grouping_key(self) -> tuple[str, ...]:
        """Return classification and patterns."""
        return (self.classification, *(value for _, value in self.serde_parameters))


class GrokFormat:
    """
    A grok classifier; its pattern is compiled when it is first used.

    :param classification: What the Data Catalog calls the format.
    :param pattern: The grok pattern of a line.
    :param custom_patterns: Further named patterns, one ``NAME definition`` a line.
    """

    def __init__(self, classification: str, pattern: str, custom_patterns: str = "") -> None:
        self._classification = classification
        self._text = pattern
        self._custom_patterns = custom_patterns

    @cached_property
    def _pattern(self) -> GrokPattern:
        return GrokPattern.compile(self._text, self._custom_patterns)

    @cached_property
    def _table(self) -> TableFormat:
        custom = (("input.grokCustomPatterns", self._custom_patterns),) if self._custom_patterns else ()
        return GrokTable(
            classification=self._classification,
            input_format=TEXT_INPUT,
            output_format=TEXT_OUTPUT,
            serde="com.amazonaws.glue.serde.GrokSerDe",
            serde_parameters=(("input.format", self._text), *custom),
        )

    @cached_property
    def _record(self) -> StructOf:
        return StructOf(tuple((name, Scalar(kind)) for name, kind in self._pattern.fields))

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """
        Compare the first lines with the pattern; its columns do not depend on them.

        :raises InvalidClassifierError: If the pattern cannot be compiled.
        """
        if not self._matches(first_line(source)):
            return None
        sample = read_text(source)
        return self._sample(sample, cancelled) if sample is not None else None

    def _matches(self, line: str) -> bool:
        return len(line) <= _MAX_LINE and self._pattern.matches(line)

    def _sample(self, sample: TextSample, cancelled: Callable[[], bool]) -> FileSample | None:
        lines = io.StringIO(sample.text)
        records = size = 0
        for line in islice(lines, _MAX_LINES):
            cut = not (sample.complete or line.endswith("\n"))
            if cut or cancelled():
                break
            size += len(line.encode())
            if line.strip():
                if not self._matches(line.rstrip("\r\n")):
                    return None
                records += 1
        if not records:
            return None
        complete = sample.complete and not lines.readline()
        return FileSample(self._table, self._record, records, size, complete)


_KERNEL_LINE = (
    r"^%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:logsource} kernel: "
    r"(?:\[ *%{NUMBER:uptime}\] )?%{GREEDYDATA:message}$"
)
_IIS_LINE = (
    "^%{IP:client_ip}, %{NOTSPACE:user_name}, %{DATE_US:date}, %{TIME:time}, %{NOTSPACE:service}, "
    "%{NOTSPACE:server_name}, %{IP:server_ip}, %{INT:time_taken}, %{INT:bytes_received}, %{INT:bytes_sent}, "
    "%{INT:status}, %{INT:win32_status}, %{WORD:method}, %{NOTSPACE:target}, %{NOTSPACE:parameters},? *$"
)
_RUBY_LINE = (
    r"^[A-Z], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\] *%{RUBY_LOGLEVEL:loglevel} -- +"
    r"%{DATA:progname}: %{GREEDYDATA:message}$"
)
_SQUID_LINE = (
    r"^%{NUMBER:timestamp}\s+%{NUMBER:duration}\s%{IP:client_address}\s%{WORD:cache_result}/"
    r"%{NONNEGINT:status_code}\s%{NUMBER:bytes}\s%{WORD:request_method}\s%{NOTSPACE:url}\s%{NOTSPACE:user}\s"
    r"%{WORD:hierarchy_code}/(?:%{IPORHOST:server}|-)\s%{NOTSPACE:content_type}$"
)
_REDIS_MONITOR_LINE = (
    r"^%{NUMBER:timestamp} \[%{INT:database} %{IP:client}:%{NUMBER:port}\] "
    r'"%{WORD:command}"\s?%{GREEDYDATA:params}$'
)
_REDIS_LINE = (
    r"^(?:\[%{POSINT:pid}\]|%{POSINT:pid}:[A-Z]) %{REDISTIMESTAMP:timestamp} [.*#-] %{GREEDYDATA:message}$"
)

LOG_FORMATS = (
    GrokFormat("combined_apache", "%{COMBINEDAPACHELOG}"),
    GrokFormat("apache", "%{COMMONAPACHELOG}"),
    GrokFormat("linux_kernel", _KERNEL_LINE),
    GrokFormat("microsoft_log", _IIS_LINE),
    GrokFormat("ruby_logger", _RUBY_LINE, "RUBY_LOGLEVEL DEBUG|FATAL|ERROR|WARN|INFO|ANY"),
    GrokFormat("squid", _SQUID_LINE),
    GrokFormat("redismonlog", _REDIS_MONITOR_LINE),
    GrokFormat("redislog", _REDIS_LINE, "REDISTIMESTAMP %{MONTHDAY} %{MONTH}(?: %{YEAR})? %{TIME}"),
)
"""The built-in classifiers for logs, in the order Glue asks them."""
