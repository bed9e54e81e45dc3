from collections.abc import Callable
from typing import Protocol, TypeVar, overload

from typing_extensions import ParamSpec

_Hook = TypeVar("_Hook", bound=Callable[[], object])
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

class Register(Protocol):
    @overload
    def __call__(self, func: _Hook) -> _Hook: ...
    @overload
    def __call__(
        self,
        func: Callable[_Parameters, _Result],
        *args: _Parameters.args,
        **kwargs: _Parameters.kwargs,
    ) -> Callable[_Parameters, _Result]: ...
