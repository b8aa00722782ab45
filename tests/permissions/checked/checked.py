"""Stands before a handler in its worker, as a layer's wrapper does: every call is held against the full service model first.

The package's own clients leave that to the service, for speed. What botocore would refuse to send fails here by its name.
"""

from functools import cache
from typing import Any

import botocore.serialize
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidationDecorator, ParamValidator

_make = botocore.serialize.create_serializer
_loader = Loader()


@cache
def _whole(operation: OperationModel) -> OperationModel:
    """The operation as botocore ships it, whatever the client's own model has been cut down to."""
    name, version = operation.service_model.service_name, operation.service_model.api_version
    # By its path: the loader's own search looks into the folders of four hundred services first.
    model = ServiceModel(_loader.load_data(f"{name}/{version}/service-2"), service_name=name)
    return model.operation_model(operation.name)


class _Checking(ParamValidationDecorator):  # type: ignore[misc]  # botocore is untyped
    def serialize_to_request(self, parameters: Any, operation_model: OperationModel) -> Any:
        return super().serialize_to_request(parameters, _whole(operation_model))


def _create_serializer(protocol_name: str, include_validation: bool = True, **options: Any) -> Any:
    return _Checking(ParamValidator(), _make(protocol_name, include_validation=False, **options))


botocore.serialize.create_serializer = _create_serializer

from app import handler  # noqa: E402, F401  # the function's own code comes when every way out is watched
