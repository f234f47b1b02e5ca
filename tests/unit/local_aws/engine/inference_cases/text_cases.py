"""Logs: the built-in classifiers of section 2.3 and the layout of section 5 of the crawler reference."""

from __future__ import annotations

from tests.unit.local_aws.engine.inference_cases.case import Case, Table

_SERDE = "com.amazonaws.glue.serde.GrokSerDe"
_APACHE = "clientip ident auth timestamp verb request httpversion rawrequest response bytes"
_APACHE_LINE = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326'


def _log(classification: str, names: str, *lines: str) -> Case:
    """Return a case of one log whose columns, all text, matter."""
    table = Table("data", tuple((name, "string") for name in names.split()), classification, serde=_SERDE)
    rule = "2.3/5 built-in log classifier: its classification, string columns, GrokSerDe"
    return Case(classification, rule, {"data/f.log": "".join(f"{line}\n" for line in lines)}, (table,))


CASES = [
    _log(
        "combined_apache", f"{_APACHE} referrer agent", f'{_APACHE_LINE} "http://e.com/" "Mozilla/4.08 [en]"'
    ),
    _log("apache", _APACHE, _APACHE_LINE, '::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 -'),
    _log(
        "linux_kernel",
        "timestamp logsource uptime message",
        "Feb  1 06:25:43 web1 kernel: [12345.678901] usb 1-1: new device",
        "Feb  1 06:25:44 web1 kernel: imklog started",
    ),
    _log(
        "microsoft_log",
        "client_ip user_name date time service server_name server_ip time_taken bytes_received bytes_sent "
        "status win32_status method target parameters",
        "192.0.2.1, -, 03/20/05, 7:55:20, W3SVC2, S1, 192.0.2.2, 4502, 163, 3223, 200, 0, GET, /a.gif, -,",
    ),
    _log(
        "ruby_logger",
        "timestamp pid loglevel progname message",
        "D, [2013-01-01T00:00:00.123456 #1234] DEBUG -- app: hello",
        "E, [2013-01-01T00:00:01 #1]  ERROR -- : failed",
    ),
    _log(
        "squid",
        "timestamp duration client_address cache_result status_code bytes request_method url user "
        "hierarchy_code server content_type",
        "1525334330.556      3 192.0.2.1 TCP_MISS/200 2014 GET http://e.com/a alice DIRECT/e.com text/plain",
        "1525334331.000      0 192.0.2.1 TCP_DENIED/403 0 GET http://e.com/b - NONE/- -",
    ),
    _log(
        "redismonlog",
        "timestamp database client port command params",
        '1470637867.953466 [0 192.0.2.1:52500] "info"',
        '1470637925.186681 [0 127.0.0.1:39404] "rpush" "my:key" "{}"',
    ),
    _log(
        "redislog",
        "pid timestamp message",
        "[4018] 14 Nov 07:01:22.119 * Background saving terminated with success",
        "4018:M 14 Nov 2015 07:01:23.000 # Server started",
    ),
    Case(
        "log-with-a-foreign-line",
        "2.3 certainty 1.0: a line that is no log line makes the file unknown",
        {"data/f.log": f"{_APACHE_LINE}\nTraceback (most recent call last):\n"},
        (Table("data", (), "UNKNOWN"),),
    ),
    Case(
        "log-layout",
        "5 grok: TextInputFormat, GrokSerDe with input.format",
        {"data/f.log": _APACHE_LINE},
        (
            Table(
                "data",
                tuple((name, "string") for name in _APACHE.split()),
                "apache",
                serde=_SERDE,
                serde_parameters={"input.format": "%{COMMONAPACHELOG}"},
                parameters={"classification": "apache", "recordCount": "1", "typeOfData": "file"},
            ),
        ),
    ),
]
