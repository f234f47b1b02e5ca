"""
The project's measurements: one command, one table, each figure beside its peer in the same run.

``make bench`` measures every subject; ``make bench ARGS="crawl --scale 0.1"`` one of them on a tenth of its
load. A subject is a module ``bench_<subject>.py`` that offers what :class:`benchmarks.subjects.Subject` says.
The last figures are kept in ``results/``. No test has a time limit taken from here.
"""
