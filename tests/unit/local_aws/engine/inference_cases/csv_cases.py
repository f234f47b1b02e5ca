"""CSV: section 4 (recognition, header, types, SerDe) and section 12 of the crawler reference."""

from __future__ import annotations

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_HEADER = {"skip.header.line.count": "1"}
_NO_HEADER = {"skip.header.line.count": "(absent)"}


def _column(name: str, rule: str, *cells: str, is_type: str) -> Case:
    """Return a case of a headed file whose first column has the given cells."""
    content = "v,n\n" + "".join(f"{cell},1.5\n" for cell in cells)
    table = Table("data", columns(v=is_type, n="double"), "csv", parameters=_HEADER)
    return Case(name, rule, {"data/f": content}, (table,))


def _file(name: str, rule: str, content: str | bytes, /, *, header: bool, **types: str) -> Case:
    """Return a case of one file whose columns matter."""
    table = Table("data", columns(**types), "csv", parameters=_HEADER if header else _NO_HEADER)
    return Case(name, rule, {"data/f": content}, (table,))


def _unknown(name: str, rule: str, content: str | bytes) -> Case:
    """Return a case of a file that no classifier recognises."""
    return Case(name, rule, {"data/f": content}, (Table("data", (), "UNKNOWN"),))


_TYPES = [
    _column("csv-integer", "4.2 integers are bigint, never int", "1", "-2", "+3", is_type="bigint"),
    _column(
        "csv-long", "4.2 integers of any size up to 64 bits: bigint", "9223372036854775807", is_type="bigint"
    ),
    _column("csv-beyond-long", "12 integer beyond 64 bits: double", "9223372036854775808", is_type="double"),
    _column("csv-leading-zeros", "4.2 codes with leading zeros are digits: bigint", "007", is_type="bigint"),
    _column("csv-decimal", "4.2 decimals: double", "0.5", ".5", "5.", is_type="double"),
    _column("csv-exponent", "4.2 exponents: double", "1e3", "2.5E-4", is_type="double"),
    _column(
        "csv-boolean", "4.2 TRUE and FALSE in any case: boolean", "TRUE", "false", "True", is_type="boolean"
    ),
    _column("csv-date", "4.2 dates are strings", "2025-06-04", is_type="string"),
    _column("csv-timestamp", "4.2 timestamps are strings", "2025-06-04 09:23:12", is_type="string"),
    _column("csv-integer-and-decimal", "4.2 integer and decimal: double", "1", "1.5", is_type="double"),
    _column("csv-integer-and-text", "4.2 other mixes: string", "1", "n/a", is_type="string"),
    _column("csv-boolean-and-integer", "4.2 other mixes: string", "true", "1", is_type="string"),
    _column("csv-empty-and-integer", "4.2 an empty cell is neutral", "", "7", is_type="bigint"),
    _column("csv-only-empty", "4.2 a column of empty cells: string", "", "", is_type="string"),
    _column("csv-blanks-around", "4.2 values are not trimmed: a blank makes text", " 7", is_type="string"),
]

_LAYOUT = [
    _file("csv-comma", "4.1 delimiter comma", "a,b\n1,x\n", header=True, a="bigint", b="string"),
    _file("csv-pipe", "4.1 delimiter pipe", "a|b\n1|x, y\n2|z, w\n", header=True, a="bigint", b="string"),
    _file("csv-tab", "4.1 delimiter tab", "a\tb\n1\tx\n", header=True, a="bigint", b="string"),
    _file("csv-semicolon", "4.1 delimiter semicolon", "a;b\n1;1,5\n", header=True, a="bigint", b="string"),
    _file("csv-ctrl-a", "4.1 delimiter Ctrl-A", "a\x01b\n1\x01x\n", header=True, a="bigint", b="string"),
    _file("csv-crlf", "4.1 rows may end in CRLF", "a,b\r\n1,2\r\n", header=True, a="bigint", b="bigint"),
    _file(
        "csv-byte-order-mark",
        "4.1 a byte order mark is no part of the first name",
        b"\xef\xbb\xbfa,b\n1,2\n",
        header=True,
        a="bigint",
        b="bigint",
    ),
    _file(
        "csv-blank-lines",
        "4.1 blank lines are no rows",
        "\na,b\n\n1,2\n\n",
        header=True,
        a="bigint",
        b="bigint",
    ),
    _file(
        "csv-ragged",
        "4.1 missing cells are empty, surplus ones left out",
        "a,b,c\n1,2,3\n4,5\n6,7,8\n9,10,11\n12,13,14,x\n15,16,17\n18,19,20\n",
        header=True,
        a="bigint",
        b="bigint",
        c="bigint",
    ),
    _file(
        "csv-stray-quote",
        "4.3 a quote that closes nothing is a character",
        'a,b\n1,5" pipe\n2,"odd\n3,x\n4,y\n',
        header=True,
        a="bigint",
        b="string",
    ),
    _unknown("csv-one-column", "4.1 one column is no CSV", "a\n1\n2\n"),
    _unknown("csv-one-row", "4.1 a single row is no CSV", "a,b,c\n"),
    _unknown(
        "csv-prose",
        "4.1 prose with commas is no CSV",
        "Dear Sir, I write\nto you\nabout it, again, and\nmore\n",
    ),
    _unknown("csv-broken-json", "3.1/4.1 broken JSON is no CSV", '{"a":1,"b":2}\n{"a":1,"b"\n'),
    _unknown("csv-not-utf-8", "12 text in another encoding is UNKNOWN", b"id,na\xefve\n1,2\n"),
    _unknown("binary", "12 binary data is UNKNOWN", bytes(range(256)) * 4),
]

_HEADERS = [
    _file(
        "csv-all-strings",
        "4.1 all columns text: no header, col0",
        "a,b\nx,y\n",
        header=False,
        col0="string",
        col1="string",
    ),
    _file(
        "csv-no-header",
        "4.1 a number in the first row: no header",
        "1,x\n2,y\n",
        header=False,
        col0="bigint",
        col1="string",
    ),
    _file(
        "csv-upper-case",
        "4.1 header cells are lower-cased",
        "Id,UserName\n1,x\n",
        header=True,
        id="bigint",
        username="string",
    ),
    _file(
        "csv-inner-space",
        "4.1 inner spaces survive",
        "order date,n\nx,1\n",
        header=True,
        **{"order date": "string", "n": "bigint"},
    ),
    _file(
        "csv-trailing-delimiter",
        "4.1 the last column may be empty throughout",
        "a,b,\n1,2,\n3,4,\n",
        header=True,
        a="bigint",
        b="bigint",
        col2="string",
    ),
    _file(
        "csv-empty-name",
        "4.1 every cell but the last must be a name",
        ",a\n0,1\n1,2\n",
        header=False,
        col0="bigint",
        col1="string",
    ),
    _file(
        "csv-long-name",
        "4.1 a cell of 150 characters is no name",
        f"{'a' * 150},b\n1,2\n",
        header=False,
        col0="string",
        col1="string",
    ),
    _file(
        "csv-long-last-name",
        "4.1 only the last cell may be longer",
        f"a,{'b' * 150}\n1,2\n",
        header=True,
        **{"a": "bigint", "b" * 150: "bigint"},
    ),
    _file(
        "csv-repeated-name",
        "4.1 of equal names the second is generated",
        "id,ID,n\n1,2,3\n",
        header=True,
        id="bigint",
        col1="bigint",
        n="bigint",
    ),
]

_SERDES = [
    Case(
        "csv-unquoted-layout",
        "4.3 unquoted: LazySimpleSerDe; 2.6 parameters",
        {"data/f.csv": "id,price\n1,2.5\n2,3.5\n"},
        (
            Table(
                "data",
                columns(id="bigint", price="double"),
                "csv",
                serde=_LAZY_SIMPLE,
                serde_parameters={"field.delim": ","},
                parameters={
                    "areColumnsQuoted": "false",
                    "averageRecordSize": "10",
                    "classification": "csv",
                    "columnsOrdered": "true",
                    "compressionType": "none",
                    "customSerde": "(absent)",
                    "delimiter": ",",
                    "objectCount": "1",
                    "recordCount": "2",
                    "sizeKey": "21",
                    "skip.header.line.count": "1",
                    "typeOfData": "file",
                },
            ),
        ),
    ),
    Case(
        "csv-quoted-layout",
        "4.3 quoted: OpenCSVSerde with separatorChar and quoteChar; delimiters and line ends inside",
        {"data/f.csv": '"id","text"\n"1","a\nb, c"\n"2","say ""hi"""\n'},
        (
            Table(
                "data",
                columns(id="bigint", text="string"),
                "csv",
                serde=_OPEN_CSV,
                serde_parameters={"separatorChar": ",", "quoteChar": '"'},
                parameters={"areColumnsQuoted": "true", "recordCount": "2", "skip.header.line.count": "1"},
            ),
        ),
    ),
    Case(
        "csv-thousand-rows",
        "2.2 the first 1,000 records: what comes later does not count",
        {"data/f.csv": "id,n\n" + "1,2\n" * 999 + "x,y\n" * 1000},
        (Table("data", columns(id="bigint", n="bigint"), "csv", parameters=_HEADER),),
    ),
]

_MERGES = [
    Case(
        "csv-merge-types",
        "4.2 bigint and double over two files: double",
        {"data/1": "a,b\n1,2\n", "data/2": "a,b\n1.5,x\n"},
        (Table("data", columns(a="double", b="string"), "csv", parameters=_HEADER),),
    ),
    Case(
        "csv-merge-columns",
        "2.4 files of one folder: columns united by name",
        {"data/1": "a,b\n1,2\n", "data/2": "a,b,c\n1,2,3\n"},
        (Table("data", columns(a="bigint", b="bigint", c="bigint"), "csv", parameters=_HEADER),),
    ),
    Case(
        "csv-merge-generated-names",
        "2.4/4.1 a file without a header goes by position",
        {"data/1": "5,2.5\n6,7\n", "data/2": "id,price\n1,2\n"},
        (Table("data", columns(id="bigint", price="double"), "csv", parameters=_HEADER),),
    ),
    Case(
        "csv-two-delimiters",
        "2.4 files that differ in format do not lie in one table",
        {"data/1.csv": "a,b\n1,2\n", "data/2.csv": "a|b\n1|2\n"},
        (
            Table("1_csv", columns(a="bigint", b="bigint"), "csv", "s3://bucket/data/1.csv"),
            Table("2_csv", columns(a="bigint", b="bigint"), "csv", "s3://bucket/data/2.csv"),
        ),
    ),
    Case(
        "csv-partitions",
        "2.4 hive-style folders of CSV: one table with a partition key",
        {"data/year=2024/f": "id,n\n1,2\n", "data/year=2025/f": "id,n\n3,4\n"},
        (
            Table(
                "data",
                columns(id="bigint", n="bigint"),
                "csv",
                partition_keys=("year",),
                partitions=(("2024",), ("2025",)),
                parameters={**_HEADER, "delimiter": ",", "objectCount": "2"},
            ),
        ),
    ),
    Case(
        "csv-partition-without-header",
        "2.4/4.1 folders with and without a header are not alike",
        {"data/y=1/f": "id,n\n1,2\n", "data/y=2/f": "1,2\n3,4\n"},
        (
            Table(
                "y_1", columns(id="bigint", n="bigint"), "csv", "s3://bucket/data/y=1/", parameters=_HEADER
            ),
            Table(
                "y_2",
                columns(col0="bigint", col1="bigint"),
                "csv",
                "s3://bucket/data/y=2/",
                parameters=_NO_HEADER,
            ),
        ),
    ),
]

CASES = [*_TYPES, *_LAYOUT, *_HEADERS, *_SERDES, *_MERGES]
