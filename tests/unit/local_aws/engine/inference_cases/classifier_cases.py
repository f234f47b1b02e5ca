"""Custom classifiers: sections 3.1 (JSON paths), 4.3 (CSV) and 5 (grok, XML) of the crawler reference."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.engine.formats import FileFormat
from airflow_lineage_provider.local_aws.engine.formats.csv_rows import CsvFormat, CsvOptions, Header
from airflow_lineage_provider.local_aws.engine.formats.grok_lines import GrokFormat
from airflow_lineage_provider.local_aws.engine.formats.json_objects import JsonFormat
from airflow_lineage_provider.local_aws.engine.formats.xml_documents import XmlFormat
from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_AREAS = '[{"type":"a","id":1},{"type":"b","id":2,"names":[{"lang":"en","name":"B"}]}]'
_LOG = "2018-07-12T10:00:00 [1-2-3-4-5] INFO : done\n2018-07-12T10:00:01 [1-2-3-4-5] WARN : 7 left\n"
_LOG_PATTERN = (
    r"%{TIMESTAMP_ISO8601:timestamp} \[%{MESSAGEPREFIX:message_prefix}\] %{CRAWLERLOGLEVEL:loglevel} : "
    "%{GREEDYDATA:message}"
)
_LOG_PATTERNS = "CRAWLERLOGLEVEL (BENCHMARK|ERROR|WARN|INFO|TRACE)\nMESSAGEPREFIX .*-.*-.*-.*-.*"
_BOOKS = (
    '<?xml version="1.0"?>\n<catalog>\n'
    '<book id="bk101"><AnyCompany><author>Rivera, Martha</author><title>Guide</title></AnyCompany></book>\n'
    '<book id="bk102"><AnyCompany><author>Stiles, John</author><title>Style</title></AnyCompany></book>\n'
    "</catalog>\n"
)


def _case(
    name: str,
    rule: str,
    content: str,
    classifier: FileFormat,
    classification: str,
    parameters: dict[str, str] | None = None,
    /,
    **types: str,
) -> Case:
    """Return a case of one file and one custom classifier."""
    table = Table("data", columns(**types), classification, parameters=parameters or {})
    return Case(name, rule, {"data/f": content}, (table,), classifiers=(classifier,))


def _path(name: str, rule: str, path: str, content: str = _AREAS, /, **types: str) -> Case:
    return _case(name, rule, content, JsonFormat(path), "json", {"jsonPath": path}, **types)


def _xml(name: str, rule: str, rows: str, /, **types: str) -> Case:
    return _case(name, rule, f"<rows>{rows}</rows>", XmlFormat("row"), "xml", {"rowTag": "row"}, **types)


_JSON = [
    _path(
        "path-elements",
        "3.1 $[*]: each element is a row",
        "$[*]",
        type="string",
        id="int",
        names="array<struct<lang:string,name:string>>",
    ),
    _path("path-scalar", "3.1 a path to scalars gives the column record", "$[*].id", record="int"),
    _path("path-nested", "3.1 wildcards at any depth", "$[*].names[*].name", record="string"),
    _path(
        "path-brackets",
        "3.1 ['name'] is a child, [0] an element",
        "$[1]['names'][0]",
        lang="string",
        name="string",
    ),
    _path(
        "path-wildcard-child", "3.1 * stands for a name", "$.*.n", '{"a":{"n":1},"b":{"n":2}}', record="int"
    ),
    _path(
        "path-without-root", "3.1/12 a path without $ begins at the root", "id", '{"id":"x"}', record="string"
    ),
    _path(
        "path-to-array",
        "3.1 an array is one record, in the column array",
        "$.l",
        '{"l":[1]}',
        array="array<int>",
    ),
    Case(
        "path-to-nothing",
        "2.3 a classifier that finds no row is passed over",
        {"data/f": '{"a":1}'},
        (Table("data", columns(a="int"), parameters={"jsonPath": "(absent)"}),),
        classifiers=(JsonFormat("$.b[*]"),),
    ),
]
_GROK = [
    Case(
        "grok-layout",
        "5 grok: the classifier's classification, GrokSerDe with both patterns",
        {"data/f": _LOG},
        (
            Table(
                "data",
                columns(timestamp="string", message_prefix="string", loglevel="string", message="string"),
                "crawler-log",
                serde="com.amazonaws.glue.serde.GrokSerDe",
                serde_parameters={"input.format": _LOG_PATTERN, "input.grokCustomPatterns": _LOG_PATTERNS},
                parameters={"classification": "crawler-log", "recordCount": "2"},
            ),
        ),
        classifiers=(GrokFormat("crawler-log", _LOG_PATTERN, _LOG_PATTERNS),),
    ),
    _case(
        "grok-casts",
        "5 grok: fields are string unless they are cast",
        "1 2 3 4 5 6.5 7.5 true\n",
        GrokFormat(
            "typed",
            "%{INT:a} %{INT:b:byte} %{INT:c:short} %{INT:d:int} %{INT:e:long} "
            "%{NUMBER:f:float} %{NUMBER:g:double} %{BOOLEAN:h:boolean}",
        ),
        "typed",
        a="string",
        b="tinyint",
        c="smallint",
        d="int",
        e="bigint",
        f="float",
        g="double",
        h="boolean",
    ),
    _case(
        "grok-passed-over",
        "2.3 a classifier that does not match is passed over",
        '{"a":1}',
        GrokFormat("numbers", "^%{INT:n}$"),
        "json",
        a="int",
    ),
    _case(
        "grok-first",
        "2.3 custom classifiers go before built-in ones",
        "1,2\n3,4\n",
        GrokFormat("pairs", "^%{INT:a:int},%{INT:b:int}$"),
        "pairs",
        a="int",
        b="int",
    ),
    Case(
        "classifier-order",
        "2.3 custom classifiers are asked in the crawler's order",
        {"data/f": "1,2\n3,4\n"},
        (Table("data", columns(x="string"), "first"),),
        classifiers=(GrokFormat("first", "^%{GREEDYDATA:x}$"), GrokFormat("second", "^%{INT:a}")),
    ),
]
_XML = [
    _case(
        "xml-documented",
        "5 XML: only what the row tag holds makes columns",
        _BOOKS,
        XmlFormat("AnyCompany"),
        "xml",
        {"rowTag": "AnyCompany", "recordCount": "2"},
        author="string",
        title="string",
    ),
    _xml(
        "xml-types",
        "5/12 XML texts: numbers as in JSON, mixes double or string",
        "<row><i>1</i><l>3000000000</l><d>1</d><b>true</b><s>1</s></row>"
        "<row><i>2</i><l>1</l><d>1.5</d><b>false</b><s>x</s></row>",
        i="int",
        l="bigint",
        d="double",
        b="boolean",
        s="string",
    ),
    _xml(
        "xml-nested",
        "5 XML: attributes, repeated and nested elements",
        '<row id="7"><p c="EUR">1.5</p><t>a</t><t>b</t></row><row id="8"><t>c</t><q><n>1</n></q></row>',
        _id="int",
        p="struct<_c:string,_VALUE:double>",
        t="array<string>",
        q="struct<n:int>",
    ),
    _xml(
        "xml-empty-element", "5 XML: an empty element is no row", '<row a="1"/><row b="2"> </row>', _b="int"
    ),
    _case(
        "xml-built-in",
        "2.3 XML without a classifier: the document is the row",
        _BOOKS,
        XmlFormat("no-such-tag"),
        "xml",
        {"rowTag": "catalog"},
        book="array<struct<_id:string,AnyCompany:struct<author:string,title:string>>>",
    ),
    Case(
        "xml-malformed",
        "2.3 XML that is not well-formed is no XML",
        {"data/f": "<rows><row></rows>"},
        (Table("data", (), "UNKNOWN"),),
        classifiers=(XmlFormat("row"),),
    ),
]
_CSV = [
    _case(
        "csv-classifier-header",
        "4.3 ContainsHeader PRESENT makes names of text",
        "a,b\nx,y\n",
        CsvFormat(CsvOptions(contains_header=Header.PRESENT)),
        "csv",
        {"skip.header.line.count": "1"},
        a="string",
        b="string",
    ),
    _case(
        "csv-classifier-no-header",
        "4.3 ContainsHeader ABSENT with Header: given names",
        "a,b\n1,2\n",
        CsvFormat(CsvOptions(contains_header=Header.ABSENT, header=("x", "y"))),
        "csv",
        {"skip.header.line.count": "(absent)"},
        x="string",
        y="string",
    ),
    _case(
        "csv-classifier-header-only",
        "4.3 a header alone is CSV if the classifier says PRESENT and lists datatypes",
        "a,b\n",
        CsvFormat(CsvOptions(contains_header=Header.PRESENT, datatypes=("int", "timestamp"))),
        "csv",
        {"recordCount": "0"},
        a="int",
        b="timestamp",
    ),
    _case(
        "csv-classifier-single-column",
        "4.1 AllowSingleColumn lifts the two columns",
        "n\n1\n2\n",
        CsvFormat(CsvOptions(allow_single_column=True)),
        "csv",
        n="bigint",
    ),
    _case(
        "csv-classifier-serde",
        "4.3 Serde OpenCSVSerDe: customSerde",
        "a,b\n1,2\n",
        CsvFormat(CsvOptions(serde="OpenCSVSerDe")),
        "csv",
        {"customSerde": "OpenCSVSerDe", "areColumnsQuoted": "false"},
        a="bigint",
        b="bigint",
    ),
    _case(
        "csv-classifier-symbols",
        "4.3 Delimiter and QuoteSymbol of one's own",
        "a~b\n1~'x~y'\n2~'z'\n",
        CsvFormat(CsvOptions(delimiter="~", quote="'")),
        "csv",
        {"delimiter": "~", "areColumnsQuoted": "true"},
        a="bigint",
        b="string",
    ),
]

CASES = [*_JSON, *_GROK, *_XML, *_CSV]
