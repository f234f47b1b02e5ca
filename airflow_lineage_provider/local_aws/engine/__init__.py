"""
The crawl engine: from stored bytes and items to Data Catalog tables, as pure functions.

It knows AWS Glue's rules and shapes but no moto and no network. It reads through the two protocols of
:mod:`~airflow_lineage_provider.local_aws.engine.reader` (list and open objects, scan a table), so it can be
tested alone and pointed at anything that can list, open and scan.

The order of work: :mod:`.s3_target` and :mod:`.dynamodb_target` read a target and say which tables are
there, :mod:`.definitions` words a table as Glue does, :mod:`.changes` compares with the catalog and says what
to write.
"""
