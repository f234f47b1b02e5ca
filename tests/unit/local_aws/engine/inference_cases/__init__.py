"""
The table of inference cases: what a crawler must make of given data, each case with the rule it follows.

One module per kind of data, each with a list ``CASES``; :mod:`..test_inference_cases` runs all of them.
"""
