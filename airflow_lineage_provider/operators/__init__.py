"""What a DAG author imports: tasks that run crawls and imports, read lineage and check it."""
