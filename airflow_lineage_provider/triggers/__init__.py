"""Waits that run in Airflow's triggerer, many of them on one poller."""
