"""The protobuf messages of Pyroscope that are read or written here, declared as data: no generated code that must fit the runtime's version.

Field numbers: google/pprof profile.proto, and push.proto, types.proto and querier.proto in the `api` folder of grafana/pyroscope.
Fields that are not declared are skipped by the parser. Texts that programs make up are `bytes`: a name that is no UTF-8 is no reason
to lose a profile.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_SCHEMA: dict[str, dict[str, dict[str, tuple[int, str]]]] = {
    "google.v1": {
        "ValueType": {"type": (1, "int64"), "unit": (2, "int64")},
        "Label": {"key": (1, "int64"), "str": (2, "int64"), "num": (3, "int64")},
        "Sample": {"location_id": (1, "*uint64"), "value": (2, "*int64"), "label": (3, "*google.v1.Label")},
        "Line": {"function_id": (1, "uint64"), "line": (2, "int64")},
        "Location": {"id": (1, "uint64"), "address": (3, "uint64"), "line": (4, "*google.v1.Line")},
        "Function": {"id": (1, "uint64"), "name": (2, "int64"), "filename": (4, "int64")},
        "Profile": {
            "sample_type": (1, "*google.v1.ValueType"),
            "sample": (2, "*google.v1.Sample"),
            "location": (4, "*google.v1.Location"),
            "function": (5, "*google.v1.Function"),
            "string_table": (6, "*bytes"),
            "time_nanos": (9, "int64"),
            "duration_nanos": (10, "int64"),
            "period_type": (11, "google.v1.ValueType"),
            "period": (12, "int64"),
            "default_sample_type": (14, "int64"),
        },
    },
    "types.v1": {"LabelPair": {"name": (1, "bytes"), "value": (2, "bytes")}},
    "push.v1": {
        "RawSample": {"raw_profile": (1, "bytes")},
        "RawProfileSeries": {"labels": (1, "*types.v1.LabelPair"), "samples": (2, "*push.v1.RawSample")},
        "PushRequest": {"series": (1, "*push.v1.RawProfileSeries")},
    },
    "querier.v1": {
        "SelectMergeProfileRequest": {
            "profile_typeID": (1, "string"),
            "label_selector": (2, "string"),
            "start": (3, "int64"),
            "end": (4, "int64"),
        },
    },
}


def _declared() -> descriptor_pool.DescriptorPool:
    """A pool of its own: a program may hold other messages of these names in the common one."""
    pool = descriptor_pool.DescriptorPool()
    for package, messages in _SCHEMA.items():
        file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
        file.dependency.extend(f"{other}.proto" for other in _SCHEMA if package == "push.v1" and other == "types.v1")
        for name, fields in messages.items():
            declared = file.message_type.add(name=name)
            for field, (number, kind) in fields.items():
                declared.field.append(_field(field, number, kind))
        pool.Add(file)
    return pool


def _field(name: str, number: int, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    field = descriptor_pb2.FieldDescriptorProto
    label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if "." in kind:
        return field(name=name, number=number, label=label, type=field.TYPE_MESSAGE, type_name=f".{kind}")
    return field(name=name, number=number, label=label, type=field.Type.Value(f"TYPE_{kind.upper()}"))


_POOL = _declared()


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(name))


ProfileMessage = _message("google.v1.Profile")
PushRequest = _message("push.v1.PushRequest")
SelectMergeProfileRequest = _message("querier.v1.SelectMergeProfileRequest")
