"""
IAM and Lake Formation that bite, where ``RUNTIME.settings.enforce`` (``--enforce``) asks for it.

:mod:`.policies` evaluates IAM policies, :mod:`.principals` finds whose they are, :mod:`.needs` says what a
call is checked for; :mod:`.gate` refuses calls of callers without rights, :mod:`.crawl_access` what the role
of a crawler may not read or write. Without enforcement everything is allowed and nothing here is asked.
"""
