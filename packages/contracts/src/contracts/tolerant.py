"""Reading models: a consumer ignores fields that a newer producer added, at every level.

A producer's model forbids unknown fields so that a slip never leaves the house; the same strictness
in a consumer would make every additive change a breaking one.
"""

from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ConfigDict, create_model

from contracts.fields import Part

P = TypeVar("P", bound=Part)


@cache
def tolerant(model: type[P]) -> type[P]:
    """A subclass of `model` that ignores unknown fields, its parts included."""
    fields: dict[str, Any] = {
        name: (_tolerant_annotation(info.rebuild_annotation()), info)
        for name, info in model.model_fields.items()
        if _tolerant_annotation(info.annotation) is not info.annotation
    }
    base = type(
        model.__name__,
        (model,),
        {"model_config": ConfigDict(extra="ignore"), "__module__": model.__module__},
    )
    made: Any = create_model(model.__name__, __base__=base, **fields) if fields else base
    return made


def _tolerant_annotation(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return tolerant(annotation)
    if get_origin(annotation) is tuple:
        item, rest = get_args(annotation)
        swapped = _tolerant_annotation(item)
        return annotation if swapped is item else tuple[swapped, rest]
    return annotation
