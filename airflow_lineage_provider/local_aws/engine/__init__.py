"""
The crawl engine: from stored bytes and items to Data Catalog tables, as pure functions.

It knows AWS Glue's rules and shapes but no moto and no network. It reads through the protocols of
:mod:`~airflow_lineage_provider.local_aws.engine.reader` (list and open objects, scan a table) and
:mod:`~airflow_lineage_provider.local_aws.engine.databases` (list tables, read documents), so it can be tested
alone and pointed at anything that can do these.

The order of work: a module per kind of target (:mod:`.s3_target`, :mod:`.dynamodb_target`,
:mod:`.jdbc_target`, :mod:`.mongodb_target` …) reads it and says which tables are there, :mod:`.definitions`
words a table as Glue does, :mod:`.changes` compares with the catalog and says what to write.
"""
