"""What all text formats have in common in the Data Catalog."""

from __future__ import annotations

__all__ = ["TEXT_INPUT", "TEXT_OUTPUT"]

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
