"""Folders, partitions and names: sections 2.1, 2.4 and 2.5 of the crawler reference."""

from __future__ import annotations

import gzip
import json

from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns

_AB = '{"a":1,"b":"x"}'
_CD = '{"c":1,"d":"x"}'
_A_B = columns(a="int", b="string")
_C_D = columns(c="int", d="string")


def _grouping(**members: str | int) -> str:
    return json.dumps({"Version": 1.0, "Grouping": members})


_COMBINE = _grouping(TableGroupingPolicy="CombineCompatibleSchemas")


def _table(folder: str, *partitions: tuple[str, ...], keys: tuple[str, ...] = (), name: str = "") -> Table:
    """Return a table with the columns ``a`` and ``b`` at a folder of the bucket."""
    location = f"s3://bucket/{folder}"
    return Table(
        name or folder.rstrip("/").rpartition("/")[2],
        _A_B,
        location=location,
        partition_keys=keys,
        partitions=partitions,
    )


def _named(name: str, rule: str, path: str, key: str, table: str) -> Case:
    """Return a case of one file whose table's name matters."""
    location = path if path.endswith(("/", key)) else f"{path}/"
    return Case(name, rule, {key: _AB}, (Table(table, _A_B, location=location),), path=path)


def _wide(*without: int) -> str:
    return json.dumps({f"c{number}": 1 for number in range(10) if number not in without})


CASES = [
    _named("name-of-a-folder", "2.5 the folder's name", "s3://bucket/data/", "data/f", "data"),
    _named(
        "name-with-hyphens",
        "2.5 every character outside [a-z0-9_] becomes _",
        "s3://bucket/semantic-layer-admin-codes/",
        "semantic-layer-admin-codes/f",
        "semantic_layer_admin_codes",
    ),
    _named("name-in-upper-case", "2.5 names are lower case", "s3://bucket/Sales/", "Sales/f", "sales"),
    _named(
        "name-of-a-file",
        "2.5 a single-file target keeps its extension in the name; 2.6 the object's URL is the location",
        "s3://bucket/in/amazon_sale_report.json",
        "in/amazon_sale_report.json",
        "amazon_sale_report_json",
    ),
    _named(
        "name-of-a-bucket",
        "2.5 a whole bucket gives the bucket's name",
        "s3://my-bucket.x",
        "f",
        "my_bucket_x",
    ),
    _named("path-without-a-slash", "2.1 the include path is a folder", "s3://bucket/data", "data/f", "data"),
    Case(
        "files-of-one-folder",
        "2.4(2) schemas are inferred at folder level",
        {"data/1": '{"a":1}', "data/2": '{"b":"x"}'},
        (_table("data/"),),
    ),
    Case(
        "key-value-folders",
        "2.4 key=value folders give a key of that name, of type string",
        {"data/year=2017/f": _AB, "data/year=2018/f": _AB},
        (_table("data/", ("2017",), ("2018",), keys=("year",)),),
    ),
    Case(
        "keys-in-upper-case",
        "2.4 partition keys are lower case",
        {"data/Year=2017/f": _AB, "data/Year=2018/f": _AB},
        (_table("data/", ("2017",), ("2018",), keys=("year",)),),
    ),
    Case(
        "plain-folders",
        "2.4 other folders give partition_N, numbered by depth",
        {"data/2017/01/f": _AB, "data/2017/02/f": _AB},
        (_table("data/", ("2017", "01"), ("2017", "02"), keys=("partition_0", "partition_1")),),
    ),
    Case(
        "plain-and-key-value-levels",
        "2.4 the number in partition_N is the depth",
        {"data/eu/day=1/f": _AB, "data/us/day=1/f": _AB},
        (_table("data/", ("eu", "1"), ("us", "1"), keys=("partition_0", "day")),),
    ),
    Case(
        "key-not-on-every-branch",
        "2.4 a key must be on every branch",
        {"data/day=1/f": _AB, "data/other/f": _AB},
        (_table("data/", ("day=1",), ("other",), keys=("partition_0",)),),
    ),
    Case(
        "encoded-partition-values",
        "2.4 values are URL-decoded",
        {"data/city=New%20York/f": _AB, "data/city=Z%C3%BCrich/f": _AB},
        (_table("data/", ("New York",), ("Zürich",), keys=("city",)),),
    ),
    Case(
        "value-with-an-equals-sign",
        "2.4 the value is all behind the first =",
        {"data/expr=a=b/f": _AB},
        (_table("data/", ("a=b",), keys=("expr",)),),
    ),
    Case(
        "folders-that-differ",
        "2.4(4) folders that do not match: one table per folder",
        {"data/year=2017/f": '{"A":1,"B":2}', "data/year=2018/f": '{"C":3,"D":4}'},
        (
            Table("year_2017", columns(a="int", b="int"), location="s3://bucket/data/year=2017/"),
            Table("year_2018", columns(c="int", d="int"), location="s3://bucket/data/year=2018/"),
        ),
    ),
    Case(
        "combined-schemas",
        "2.4 CombineCompatibleSchemas ignores similarity",
        {"data/year=2017/f": '{"A":1,"B":2}', "data/year=2018/f": '{"C":3,"D":4}'},
        (
            Table(
                "data",
                columns(a="int", b="int", c="int", d="int"),
                partition_keys=("year",),
                partitions=(("2017",), ("2018",)),
            ),
        ),
        configuration=_COMBINE,
    ),
    Case(
        "combined-formats",
        "2.4(1) CombineCompatibleSchemas keeps the test of the format",
        {"data/a/f": _AB, "data/b/f": "a,b\n1,x\n2,y\n"},
        (
            _table("data/a/"),
            Table(
                "b",
                columns(a="bigint", b="string"),
                classification="csv",
                location="s3://bucket/data/b/",
            ),
        ),
        configuration=_COMBINE,
    ),
    Case(
        "levels-that-are-all-alike",
        "2.4 worked example: table1 and table2 become values of partition_0",
        {"folder1/table1/partition1/f": _AB, "folder1/table2/partition4/f": _AB},
        (
            _table(
                "folder1/",
                ("table1", "partition1"),
                ("table2", "partition4"),
                keys=("partition_0", "partition_1"),
            ),
        ),
        path="s3://bucket/folder1/",
    ),
    Case(
        "majority-of-folders",
        "2.4(3) the majority makes the partitions, the others tables",
        {"data/a/f": _AB, "data/b/f": _AB, "data/c/f": _CD},
        (
            _table("data/", ("a",), ("b",), keys=("partition_0",)),
            Table("c", _C_D, location="s3://bucket/data/c/"),
        ),
    ),
    Case(
        "no-majority",
        "2.4(3) half of the folders is no majority",
        {"data/a/f": _AB, "data/b/f": _CD},
        (_table("data/a/"), Table("b", _C_D, location="s3://bucket/data/b/")),
    ),
    Case(
        "eight-of-ten-columns",
        "2.4(2)/12 more than 0.7 of the columns in common: alike",
        {"data/a/f": _wide(), "data/b/f": _wide(8, 9)},
        (
            Table(
                "data",
                tuple((f"c{number}", "int") for number in range(10)),
                partition_keys=("partition_0",),
                partitions=(("a",), ("b",)),
            ),
        ),
    ),
    Case(
        "seven-of-ten-columns",
        "2.4(2)/12 0.7 of the columns in common: not alike",
        {"data/a/f": _wide(), "data/b/f": _wide(7, 8, 9)},
        (
            Table("a", tuple((f"c{n}", "int") for n in range(10)), location="s3://bucket/data/a/"),
            Table("b", tuple((f"c{n}", "int") for n in range(7)), location="s3://bucket/data/b/"),
        ),
    ),
    Case(
        "same-names-other-types",
        "12 the measure is over name:type pairs",
        {"data/a/f": '{"x":1}', "data/b/f": '{"x":"1"}'},
        (
            Table("a", columns(x="int"), location="s3://bucket/data/a/"),
            Table("b", columns(x="string"), location="s3://bucket/data/b/"),
        ),
    ),
    Case(
        "another-depth",
        "2.4 folders of another depth are no partitions of the same table",
        {"data/a/x/f": _AB, "data/b/f": _AB},
        (_table("data/a/", ("x",), keys=("partition_0",)), _table("data/b/")),
    ),
    Case(
        "files-beside-folders",
        "2.4(5) files and folders at one level: one table per file",
        {"data/loose.json": _AB, "data/sub/f": _AB},
        (_table("data/loose.json", name="loose_json"), _table("data/sub/")),
    ),
    Case(
        "formats-in-one-folder",
        "2.4(5) different formats in one folder: one table per file",
        {"data/a.json": _AB, "data/b.csv": "a,b\n1,x\n2,y\n"},
        (
            _table("data/a.json", name="a_json"),
            Table(
                "b_csv",
                columns(a="bigint", b="string"),
                classification="csv",
                location="s3://bucket/data/b.csv",
            ),
        ),
    ),
    Case(
        "compressions-of-folders",
        "2.4(1) files are comparable only if the compression agrees",
        {"data/a/f": _AB, "data/b/f.gz": gzip.compress(_AB.encode())},
        (_table("data/a/"), _table("data/b/")),
    ),
    Case(
        "table-level",
        "2.4 TableLevelConfiguration: tables at an absolute level, bucket = 1",
        {"mydataset/2017/jan/f": _AB, "mydataset/2017/feb/f": _AB, "mydataset/2018/jan/f": _AB},
        (
            _table("mydataset/2017/", ("feb",), ("jan",), keys=("partition_0",)),
            _table("mydataset/2018/", ("jan",), keys=("partition_0",)),
        ),
        path="s3://bucket/mydataset/",
        configuration=_grouping(TableLevelConfiguration=3),
    ),
    Case(
        "below-the-table-level",
        "2.4 below that level everything is a partition, alike or not",
        {"mydataset/a/x/f": _AB, "mydataset/a/y/f": '{"c":1.5}'},
        (
            Table(
                "a",
                columns(a="int", b="string", c="double"),
                location="s3://bucket/mydataset/a/",
                partition_keys=("partition_0",),
                partitions=(("x",), ("y",)),
            ),
        ),
        path="s3://bucket/mydataset/",
        configuration=_grouping(TableLevelConfiguration=3),
    ),
    Case(
        "excluded-files",
        "2.1 exclusions are relative to the include path, ** crosses folders",
        {"data/1.json": _AB, "data/2.tmp": _CD, "data/deep/3.tmp": _CD},
        (_table("data/"),),
        exclusions=("**.tmp",),
    ),
    Case(
        "excluded-folder",
        "2.1 folder/** drops everything below the folder",
        {"data/employees/f": _AB, "data/departments/hr/f": _CD},
        (_table("data/", ("employees",), keys=("partition_0",)),),
        exclusions=("departments/**",),
    ),
    Case(
        "empty-objects",
        "2.1/2.2 folder markers and empty objects contribute nothing",
        {"data/": "", "data/a/": "", "data/a/_SUCCESS": "", "data/a/f": _AB, "data/b/": ""},
        (_table("data/", ("a",), keys=("partition_0",)),),
    ),
]
