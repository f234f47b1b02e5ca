"""XML: what the inference cases do not show – sampling, several files, and what is not read."""

from __future__ import annotations

import io

import pytest

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource
from airflow_lineage_provider.local_aws.engine.formats.xml_documents import XmlFormat, XmlTable
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import ArrayOf, DataType, Scalar, StructOf, columns_of
from airflow_lineage_provider.local_aws.engine.xml_rows import merge_types

_INT, _DOUBLE, _STRING = Scalar("int"), Scalar("double"), Scalar("string")


def _sample(content: str | bytes, row_tag: str = "row") -> FileSample | None:
    data = content.encode() if isinstance(content, str) else content
    source = FileSource(StoredObject("bucket", "key", len(data)), io.BytesIO(data))
    return XmlFormat(row_tag).sample(source, lambda: False)


def _columns(content: str | bytes, row_tag: str = "row") -> tuple[tuple[str, str], ...]:
    sample = _sample(content, row_tag)
    assert sample is not None
    return columns_of(sample.record)[0]


class TestReading:
    def test_counts_the_rows_and_the_whole_of_a_small_file(self) -> None:
        content = "<rows><row><a>1</a></row><row><a>2</a></row></rows>"

        sample = _sample(content)

        assert sample is not None
        assert (sample.records, sample.size_bytes, sample.complete) == (2, len(content), True)

    def test_leaves_out_the_row_that_the_megabyte_cuts(self) -> None:
        row = f"<row><a>{'x' * 99_983}</a></row>"

        sample = _sample(f"<rows>{row * 12}</rows>")

        assert sample is not None
        assert sample.records == (MEGABYTE - 6) // len(row)
        assert sample.size_bytes == 6 + sample.records * len(row)
        assert not sample.complete

    def test_reads_on_until_a_row_is_complete(self) -> None:
        sample = _sample(f"<rows><row><a>{'x' * 2 * MEGABYTE}</a></row></rows>")

        assert sample is not None
        assert sample.records == 1

    def test_takes_what_the_first_megabyte_shows_of_a_document_that_is_the_row(self) -> None:
        content = f"<rows><a>1</a><b>{'x' * MEGABYTE}</b><c>1</c></rows>"

        assert _columns(content, row_tag="") == (("a", "int"), ("b", "string"))

    def test_leaves_prefixes_of_namespaces_out(self) -> None:
        content = '<x:rows xmlns:x="u"><x:row x:id="1"><x:a>2</x:a></x:row></x:rows>'

        assert _columns(content) == (("_id", "int"), ("a", "int"))

    def test_finds_a_row_tag_with_its_prefix(self) -> None:
        assert _columns('<r xmlns:x="u"><x:row><a>1</a></x:row></r>', "x:row") == (("a", "int"),)

    def test_knows_the_encoding_the_document_declares(self) -> None:
        content = '<?xml version="1.0" encoding="iso-8859-1"?><r><row><é>1</é></row></r>'

        assert _columns(content.encode("latin-1")) == (("é", "int"),)

    def test_of_rows_of_nothing_but_text_gives_the_text(self) -> None:
        assert _columns("<r><row>1</row><row>2.5</row></r>") == (("_value", "double"),)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("a,b\n1,2\n", id="no tag"),
            pytest.param("<r><row></r>", id="not well-formed"),
            pytest.param("<r><other/></r>", id="no row"),
            pytest.param('<!DOCTYPE r [<!ENTITY e "x">]><r><row>&e;</row></r>', id="an entity of its own"),
            pytest.param(f"<r><row>{'<a>' * 200}{'</a>' * 200}</row></r>", id="too deep"),
        ],
    )
    def test_turns_down_what_is_not_read(self, content: str) -> None:
        assert _sample(content) is None


class TestMergingDocuments:
    @pytest.mark.parametrize(
        "left, right, merged",
        [
            pytest.param(_INT, _DOUBLE, _DOUBLE, id="numbers widen"),
            pytest.param(_INT, _STRING, _STRING, id="other texts are strings"),
            pytest.param(_INT, ArrayOf(_DOUBLE), ArrayOf(_DOUBLE), id="one is many"),
            pytest.param(
                _INT,
                StructOf((("_c", _STRING), ("_VALUE", _DOUBLE))),
                StructOf((("_VALUE", _DOUBLE), ("_c", _STRING))),
                id="a text beside one with attributes",
            ),
        ],
    )
    def test_covers_both(self, left: DataType, right: DataType, merged: DataType) -> None:
        assert merge_types(left, right) == merged

    def test_unites_the_columns(self) -> None:
        table = XmlTable("xml", parameters=(("rowTag", "row"),))

        merged = table.merge([StructOf((("a", _INT),)), StructOf((("b", _INT), ("a", _DOUBLE)))])

        assert merged == StructOf((("a", _DOUBLE), ("b", _INT)))

    def test_keeps_documents_with_other_row_tags_apart(self) -> None:
        keys = {XmlTable("xml", parameters=(("rowTag", tag),)).grouping_key() for tag in ("a", "b")}

        assert len(keys) == 2
