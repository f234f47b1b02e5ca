"""
The named patterns that Glue gives grok classifiers, by name.

Names, and what each matches, are those Glue publishes. A field named inside a pattern (``port`` in
``URIHOST``, ``clientip`` in ``COMMONAPACHELOG``) becomes a column wherever the pattern is used.

.. seealso:: AWS Glue Developer Guide, "Writing grok custom classifiers" (built-in patterns).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["BUILT_IN_PATTERNS", "read_patterns"]

_LINE = re.compile(r"\s*(\w+)\s+(\S.*?)\s*")


def read_patterns(text: str) -> dict[str, str]:
    """
    Return named patterns from a text of lines ``NAME definition``.

    Lines of another form define nothing, as in the grok implementation that Glue's SerDe builds on.
    """
    lines = (_LINE.fullmatch(line) for line in text.splitlines())
    return {line[1]: line[2] for line in lines if line is not None}


def _ipv6() -> str:
    """
    Return the pattern of an IPv6 address: eight groups, or a double colon that stands for some of them.

    The last two groups may be written as an IPv4 address.
    """
    group = "[0-9A-Fa-f]{1,4}"
    byte = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
    ipv4 = rf"{byte}(?:\.{byte}){{3}}"
    before = f"{group}(?::{group}){{0,5}}"
    forms = (
        f"(?:{group}:){{7}}{group}",
        f"(?:{group}:){{6}}{ipv4}",
        f"(?!(?:[0-9A-Fa-f]{{0,4}}:){{7}}){before}::(?:{group}:){{0,4}}{ipv4}",
        f"(?!(?:[0-9A-Fa-f]{{0,4}}:){{8}}){before}::(?:{group}:){{0,5}}{group}",
        f"::(?:{group}:){{0,5}}{ipv4}",
        f"::(?:{group}:){{0,6}}{group}",
        f"(?:{group}(?::{group}){{0,6}})?::",
    )
    return f"(?:{'|'.join(forms)})(?:%[0-9A-Za-z]+)?"


_BASIC = r"""
    USERNAME [a-zA-Z0-9._-]+
    USER %{USERNAME}
    INT [+-]?[0-9]+
    BASE10NUM (?<![0-9.+-])(?>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))
    NUMBER %{BASE10NUM}
    BASE16NUM (?<![0-9A-Fa-f])[+-]?(?:0x)?[0-9A-Fa-f]+
    BASE16FLOAT \b(?<![0-9A-Fa-f.])[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b
    BOOLEAN (?i:true|false)
    POSINT \b[1-9][0-9]*\b
    NONNEGINT \b[0-9]+\b
    WORD \b\w+\b
    NOTSPACE \S+
    SPACE \s*
    DATA .*?
    GREEDYDATA .*
    QUOTEDSTRING (?<!\\)(?>"(?>\\.|[^\\"])*"|'(?>\\.|[^\\'])*'|`(?>\\.|[^\\`])*`)
    QS %{QUOTEDSTRING}
    UUID [A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}
    LOGLEVEL (?i:alert|trace|debug|notice|info|fatal|severe|%{LONG_LOGLEVEL})
    LONG_LOGLEVEL warn(?:ing)?|err(?:or)?|crit(?:ical)?|emerg(?:ency)?
"""
_NETWORK = r"""
    MAC %{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}
    CISCOMAC (?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}
    WINDOWSMAC (?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}
    COMMONMAC (?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}
    IPV4_BYTE 25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2}
    IPV4 (?<![0-9])%{IPV4_BYTE}(?:\.%{IPV4_BYTE}){3}(?![0-9])
    IP %{IPV6}|%{IPV4}
    HOSTNAME \b[0-9A-Za-z][0-9A-Za-z_-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62}){0,126}(?:\.?|\b)
    HOST %{HOSTNAME}
    IPORHOST %{HOSTNAME}|%{IP}
    HOSTPORT %{IPORHOST}:%{POSINT:PORT}
"""
_PATHS = r"""
    PATH %{UNIXPATH}|%{WINPATH}
    UNIXPATH (?>/(?>[\w%!$@:.,~-]+|\\.)*)+
    WINPATH (?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+
    TTY /dev/(?:pts|tty[pq]?)\w*/?[0-9]+
    URIPROTO [A-Za-z]+(?:\+[A-Za-z+]+)?
    URIHOST %{IPORHOST}(?::%{POSINT:port})?
    URIPATH (?:/[A-Za-z0-9$.+!*'(){},~:;=@#%_-]*)+
    URIPARAM \?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]-]*
    URIPATHPARAM %{URIPATH}(?:%{URIPARAM})?
    URI %{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?
"""
_TIMES = r"""
    MONTH \b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|%{LATE_MONTH})\b
    LATE_MONTH Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?
    MONTHNUM 0?[1-9]|1[0-2]
    MONTHNUM2 0[1-9]|1[0-2]
    MONTHDAY 0[1-9]|[12][0-9]|3[01]|[1-9]
    DAY Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?
    YEAR (?>\d\d){1,2}
    HOUR 2[0-3]|[01]?[0-9]
    MINUTE [0-5][0-9]
    SECOND (?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?
    TIME (?<![0-9])%{HOUR}:%{MINUTE}:%{SECOND}(?![0-9])
    DATE_US %{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}
    DATE_EU %{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}
    DATESTAMP_US %{DATE_US}[- ]%{TIME}
    DATESTAMP_EU %{DATE_EU}[- ]%{TIME}
    ISO8601_TIMEZONE Z|[+-]%{HOUR}:?%{MINUTE}
    ISO8601_SECOND %{SECOND}|60
    ISO8601_TIME %{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?
    TIMESTAMP_ISO8601 %{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{ISO8601_TIME}
    TZ [PMCE][SD]T|UTC
    DATESTAMP_RFC822 %{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}
    DATESTAMP_RFC2822 %{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}
    DATESTAMP_OTHER %{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}
    DATESTAMP_EVENTLOG %{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}
    CISCOTIMESTAMP %{MONTH} %{MONTHDAY} %{TIME}
    SYSLOGTIMESTAMP %{MONTH} +%{MONTHDAY} %{TIME}
    HTTPDATE %{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}
"""
_LOGS = r"""
    PROG [\w./%-]+
    SYSLOGPROG %{PROG:program}(?:\[%{POSINT:pid}\])?
    SYSLOGHOST %{IPORHOST}
    SYSLOGFACILITY <%{NONNEGINT:facility}.%{NONNEGINT:priority}>
    SYSLOGBASE %{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:
    MESSAGESLOG %{SYSLOGBASE} %{DATA}
    APACHE_CLIENT %{IPORHOST:clientip} %{USER:ident} %{USER:auth} \[%{HTTPDATE:timestamp}\]
    APACHE_REQUEST %{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest}
    COMMONAPACHELOG %{APACHE_CLIENT} "%{APACHE_REQUEST}" %{NUMBER:response} %{Bytes:bytes=%{NUMBER}|-}
    COMBINEDAPACHELOG %{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}
    TYPED_CLIENT %{IPORHOST:clientip} %{USER:ident;boolean} %{USER:auth} \[%{HTTPDATE:timestamp;date}\]
    TYPED_REQUEST %{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion;float})?|%{DATA:rawrequest}
    TYPED_REPLY %{NUMBER:response;int} (?:%{NUMBER:bytes;long}|-)
    COMMONAPACHELOG_DATATYPED %{TYPED_CLIENT} "%{TYPED_REQUEST}" %{TYPED_REPLY}
"""

BUILT_IN_PATTERNS: Mapping[str, str] = {
    "IPV6": _ipv6(),
    **read_patterns(f"{_BASIC}{_NETWORK}{_PATHS}{_TIMES}{_LOGS}"),
}
"""Definitions by name; a few names that Glue does not publish are parts of those it does."""
