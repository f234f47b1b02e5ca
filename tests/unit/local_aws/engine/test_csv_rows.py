"""CSV: what the inference cases do not show – sampling, mixtures of files, and options of classifiers."""

from __future__ import annotations

import io

import pytest

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE
from airflow_lineage_provider.local_aws.engine.delimited import column_names, has_header, recognise
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.csv_rows import CsvFormat, CsvOptions, CsvTable, Header
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import Scalar, StructOf, columns_of


def _sample(content: str, options: CsvOptions | None = None) -> FileSample | None:
    data = content.encode()
    source = FileSource(StoredObject("bucket", "key", len(data)), io.BytesIO(data))
    return CsvFormat(options).sample(source, lambda: False)


def _columns(content: str, options: CsvOptions) -> tuple[tuple[str, str], ...] | None:
    sample = _sample(content, options)
    return columns_of(sample.record)[0] if sample is not None else None


def _parameters(table: TableFormat) -> dict[str, str]:
    return dict(table.parameters)


class TestSampling:
    def test_reads_all_of_a_small_file(self) -> None:
        sample = _sample("a,b\n1,2\n3,4\n")

        assert sample is not None
        assert (sample.records, sample.size_bytes, sample.complete) == (2, 12, True)

    def test_stops_after_a_thousand_rows(self) -> None:
        sample = _sample("a,b\n" + "1,2\n" * 1500)

        assert sample is not None
        assert (sample.records, sample.size_bytes, sample.complete) == (999, 4000, False)

    def test_leaves_out_the_row_that_the_megabyte_cuts(self) -> None:
        row = f"1,{'x' * 99_997}\n"

        sample = _sample(f"a,b\n{row * 12}")

        assert sample is not None
        assert sample.records == (MEGABYTE - 4) // len(row)
        assert sample.size_bytes == 4 + sample.records * len(row)
        assert not sample.complete

    def test_counts_bytes_not_characters(self) -> None:
        sample = _sample("a,b\n1,é\n")

        assert sample is not None
        assert sample.size_bytes == len("a,b\n1,é\n".encode())

    def test_turns_down_cells_longer_than_the_csv_module_reads(self) -> None:
        assert _sample(f"a,b\n1,{'x' * 200_000}\n") is None


class TestRecognising:
    def test_prefers_the_delimiter_that_makes_most_columns(self) -> None:
        found = recognise("1|a, b|x\n2|c, d|y\n", complete=True)

        assert found is not None
        assert (found.delimiter, found.width) == ("|", 3)

    def test_prefers_the_delimiter_that_fits_most_rows(self) -> None:
        found = recognise("a;b,c;d,e\n" + "1;2;3\n" * 9, complete=True)

        assert found is not None
        assert found.delimiter == ";"

    def test_needs_more_than_seven_tenths_of_the_rows_alike(self) -> None:
        rows = ["1,2\n"] * 7 + ["1,2,3\n"] * 3

        assert recognise("".join(rows), complete=True) is None

    def test_finds_nothing_in_nothing(self) -> None:
        assert recognise("\n\n", complete=True) is None


class TestHeader:
    def test_may_not_hold_control_characters(self) -> None:
        assert not has_header([["a\tb", "c"], ["1", "2"]])

    def test_names_missing_columns_by_their_position(self) -> None:
        assert column_names(["a"], 3) == ("a", "col1", "col2")

    def test_never_gives_a_name_twice(self) -> None:
        assert column_names(["col1", "col1"], 2) == ("col1", "col1_")


class TestCsvTable:
    def test_is_quoted_and_headed_if_one_of_two_files_is(self) -> None:
        plain = CsvTable.of(",", '"', is_quoted=False, has_header=True)
        quoted = CsvTable.of(",", '"', is_quoted=True, has_header=False)

        merged = plain.merged_with(quoted)

        assert merged == quoted.merged_with(plain)
        assert merged.serde.endswith("OpenCSVSerde")
        assert _parameters(merged)["areColumnsQuoted"] == "true"
        assert _parameters(merged)["skip.header.line.count"] == "1"

    def test_stays_as_it_is_beside_another_format(self) -> None:
        table = CsvTable.of(",", '"', is_quoted=False, has_header=True)

        assert table.merged_with(TableFormat("json")) == table

    def test_gives_columns_beyond_the_header_their_generated_names(self) -> None:
        table = CsvTable.of(",", '"', is_quoted=False, has_header=True)
        headed = StructOf((("id", Scalar("long")),))
        longer = StructOf((("col0", Scalar("double")), ("col1", Scalar("string"))))

        merged = table.merge([longer, headed])

        assert merged == StructOf((("id", Scalar("double")), ("col1", Scalar("string"))))

    def test_unites_names_that_differ_in_case(self) -> None:
        table = CsvTable.of(",", '"', is_quoted=False, has_header=True)
        records = [StructOf((("Id", Scalar("long")),)), StructOf((("ID", Scalar("string")),))]

        assert table.merge(records) == StructOf((("Id", Scalar("string")),))


class TestOptions:
    def test_of_a_header_that_is_there_make_names_of_text(self) -> None:
        options = CsvOptions(contains_header=Header.PRESENT)

        assert _columns("a,b\nx,y\n", options) == (("a", "string"), ("b", "string"))

    def test_of_a_header_that_is_not_there_make_data_of_names(self) -> None:
        options = CsvOptions(contains_header=Header.ABSENT)

        assert _columns("a,b\n1,2\n", options) == (("col0", "string"), ("col1", "string"))

    def test_name_the_columns(self) -> None:
        options = CsvOptions(contains_header=Header.ABSENT, header=("id", "price"))

        assert _columns("1,2.5\n2,3\n", options) == (("id", "bigint"), ("price", "double"))

    def test_recognise_their_own_header(self) -> None:
        options = CsvOptions(header=("a", "b"))

        sample = _sample("a,b\nx,y\n", options)

        assert sample is not None
        assert _parameters(sample.format)["skip.header.line.count"] == "1"

    def test_turn_down_a_file_with_another_number_of_columns(self) -> None:
        assert _sample("1,2,3\n4,5,6\n", CsvOptions(header=("a", "b"))) is None

    def test_allow_a_delimiter_of_ones_own(self) -> None:
        assert _columns("a~b\n1~2\n", CsvOptions(delimiter="~")) == (("a", "bigint"), ("b", "bigint"))

    def test_turn_down_a_file_with_another_delimiter(self) -> None:
        assert _sample("a,b\n1,2\n", CsvOptions(delimiter="~")) is None

    def test_allow_another_quote(self) -> None:
        sample = _sample("a,b\n'x, y',1\n", CsvOptions(quote="'"))

        assert sample is not None
        assert dict(sample.format.serde_parameters) == {"separatorChar": ",", "quoteChar": "'"}
        assert columns_of(sample.record)[0] == (("a", "string"), ("b", "bigint"))

    def test_allow_a_single_column(self) -> None:
        assert _columns("n\n1\n2\n", CsvOptions(allow_single_column=True)) == (("n", "bigint"),)

    def test_trim_values(self) -> None:
        assert _columns("a, b\n 1 , 2.5\n", CsvOptions(trim_values=True)) == (
            ("a", "bigint"),
            ("b", "double"),
        )

    def test_force_types(self) -> None:
        options = CsvOptions(datatypes=("int", "date"))

        assert _columns("a,b,c\n1,x,2\n", options) == (("a", "int"), ("b", "date"), ("c", "bigint"))

    def test_make_a_table_of_a_header_alone_where_they_give_the_types(self) -> None:
        options = CsvOptions(contains_header=Header.PRESENT, datatypes=("int", "string"))

        assert _columns("a,b\n", options) == (("a", "int"), ("b", "string"))

    def test_do_not_make_a_table_of_a_header_alone_otherwise(self) -> None:
        assert _sample("a,b\n", CsvOptions(contains_header=Header.PRESENT)) is None

    @pytest.mark.parametrize("serde", ["OpenCSVSerDe", "LazySimpleSerDe"])
    def test_demand_a_serde(self, serde: str) -> None:
        sample = _sample("a,b\n1,2\n", CsvOptions(serde=serde))

        assert sample is not None
        assert sample.format.serde.lower().endswith(serde.lower())
        assert _parameters(sample.format)["customSerde"] == serde
