"""The errors of the Lambda API that running a function can have."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError

__all__ = ["FunctionsNotAllowedError", "InvalidRuntimeError", "InvalidZipFileError", "LambdaError"]


class LambdaError(JsonRESTError):
    """A function that cannot be run."""


class FunctionsNotAllowedError(LambdaError):
    """Functions run on this machine, and nobody allowed that."""

    code = 403

    def __init__(self, function_name: str) -> None:
        super().__init__(
            "AccessDeniedException",
            f"Function {function_name} is not run: it would run on the machine of the local AWS stack. "
            "Start the stack with --allow-lambda, or LocalAws(allow_lambda=True), to allow that.",
        )


class InvalidRuntimeError(LambdaError):
    """A function in another language than Python."""

    code = 502

    def __init__(self, function_name: str, runtime: str) -> None:
        super().__init__(
            "InvalidRuntimeException",
            f"Function {function_name} has the runtime {runtime}; the local AWS stack runs python3.x only.",
        )


class InvalidZipFileError(LambdaError):
    """Code that cannot be unpacked."""

    code = 502

    def __init__(self, function_name: str) -> None:
        super().__init__(
            "InvalidZipFileException", f"Lambda could not unzip the deployment package of {function_name}."
        )
