# SPDX-License-Identifier: MIT
"""What emit_trace.c sends, written down by hand: the trace that every peer must give back.

A span is a flat dict from the path of a field to its value. A value of an attribute is a pair of its OTLP type and
itself."""

MILLISECOND = 1_000_000
REMOTE_PARENT = "b7ad6b7169203331"
TRACE_STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
ELSEWHERE = ("a102030405060708090a0b0c0d0e0f10", "c102030405060708")
FLAGS_LOCAL, FLAGS_REMOTE = 0x101, 0x301  # sampled; whether the parent is remote is known
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
ATTRIBUTES_MAX = 128

RESOURCE = {
    "telemetry.sdk.name": ("string", "spanloom"),
    "telemetry.sdk.language": ("string", "c"),
    "service.name": ("string", "Interop"),
    "service.namespace": ("string", "yaks"),
    "service.version": ("string", "1.2.3-β"),
    "herd.size": ("int", -2**63),
    "herd.woolly": ("bool", True),
    "herd.weights": ("array", [("double", 0.25), ("double", 1e300)]),
}

VALUES = {
    "given.at.start": ("int", 1),
    "given.and.set": ("string", "new"),
    "bool.true": ("bool", True),
    "bool.false": ("bool", False),
    "i64.min": ("int", -2**63),
    "i64.max": ("int", 2**63 - 1),
    "i64.zero": ("int", 0),
    "i64.above_2_53": ("int", 9007199254740993),
    "u64.max": ("string", "18446744073709551615"),  # OTLP has no unsigned integers
    "u64.small": ("int", 7),
    "f64.tenth": ("double", 0.1),
    "f64.whole": ("double", -3.0),
    "f64.max": ("double", 1.7976931348623157e308),
    "f64.least": ("double", 5e-324),
    "errno": ("string", "ENOENT"),
    "pointer": ("string", "0x1a2b"),
    "debug": ("string", 'yak "Dri"'),
    "text.plain": ("string", "wool"),
    "text.empty": ("string", ""),
    "text.unicode": ("string", "як 犛 \U0001f402 e\u0301"),
    "text.escapes": ("string", '" \\ / \b \f \n \r \t \x01 \x1f \x7f <&>'),
    "text.not_utf8": ("string", "a\ufffd\ufffd\ufffdz"),
    "text.nul": ("string", "a\0z"),
    "text.long": ("string", "w" * 3000),
    "bytes": ("bytes", b"\0\x01\x7f\x80\xfe\xffy"),
    "bytes.empty": ("bytes", b""),
    'klúč "key"': ("string", "k"),
    "set.twice": ("string", "second"),
    "array.bool": ("array", [("bool", True), ("bool", False)]),
    "array.i64": ("array", [("int", -2**63), ("int", 0), ("int", 2**63 - 1)]),
    "array.u64": ("array", [("string", "1"), ("string", "18446744073709551615")]),
    "array.f64": ("array", [("double", 0.5), ("double", -1e-9)]),
    "array.text": ("array", [("string", ""), ("string", '"q"'), ("string", "犛")]),
    "array.empty": ("array", []),
    "map": ("map", {
        "name": ("string", "犛"),
        "legs": ("int", 4),
        "more": ("map", {"woolly": ("bool", True), "none": ("empty", "")}),
        "mixed": ("array", [("int", -2**63), ("string", '"'), ("map", {"woolly": ("bool", True)})]),
    }),
    "map.empty": ("map", {}),
}

EVENTS = [
    (1, "plain", {"level": ("string", "INFO")}),
    (1001, 'yak "%s" has %d legs', {
        "message": ("string", 'yak "Dri" has 4 legs'),
        "i": ("int", 2**63 - 1),
        "t": ("string", '"\n犛'),
        "yes": ("bool", True),
        "f": ("double", 1.5),
        "a": ("array", [("int", 1), ("int", 2)]),
        "level": ("string", "WARN"),
    }),
    (2001, "event", {"only": ("string", "fields"), "level": ("string", "INFO")}),
    (3001, "exception", {
        "exception.type": ("string", "ENOENT"),
        "exception.message": ("string", 'no "wool"'),
        "exception.stacktrace": ("string", "shear\n  main"),
        "level": ("string", "ERROR"),
    }),
]
OVERFLOWING_EVENTS = [
    (0, "wide", {key: ("int", i + 1) for i, key in enumerate("abcdefgh")}, 3),
    *((1000 * i, "many", {"level": ("string", "INFO")}) for i in range(1, 4)),
]


def span_id(number):
    return f"e0000000000000{number:02x}"


def _span(number, name, start, end, kind=INTERNAL, parent=1, status=(0, ""), attributes=None, dropped=(0, 0, 0), events=(),
          links=(), scope=("interop", '0.9-"rc"')):
    remote = parent == 0
    fields = {
        "span id": span_id(number),
        "parent": REMOTE_PARENT if remote else span_id(parent),
        "name": name,
        "kind": kind,
        "start": start,
        "end": end,
        "flags": FLAGS_REMOTE if remote else FLAGS_LOCAL,
        "trace state": TRACE_STATE,
        "status code": status[0],
        "status message": status[1],
        "dropped attributes": dropped[0],
        "dropped events": dropped[1],
        "dropped links": dropped[2],
        "scope name": scope[0],
        "scope version": scope[1],
    }
    for key, value in (attributes or {}).items():
        fields["attribute", key] = value
    for i, (time, event, event_attributes, *event_dropped) in enumerate(events):
        fields["event", i, "time"] = start + time
        fields["event", i, "name"] = event
        fields["event", i, "dropped attributes"] = sum(event_dropped)
        for key, value in event_attributes.items():
            fields["event", i, "attribute", key] = value
    for i, (trace_id, other_id, trace_state, flags, link_attributes, link_dropped) in enumerate(links):
        fields["link", i, "trace id"] = trace_id
        fields["link", i, "span id"] = other_id
        fields["link", i, "trace state"] = trace_state
        fields["link", i, "flags"] = flags
        fields["link", i, "dropped attributes"] = link_dropped
        for key, value in link_attributes.items():
            fields["link", i, "attribute", key] = value
    for key, value in RESOURCE.items():
        fields["resource", key] = value
    return fields


def expected(trace_id, base):
    """By span id."""
    def at(n, after=0):
        return base + n * MILLISECOND + after
    overflowing = {f"key.{i:03d}": ("int", i) for i in range(ATTRIBUTES_MAX)}
    spans = [
        _span(1, "serve yaks", at(0), at(8, 123), SERVER, parent=0,
              attributes={"http.request.method": ("string", "GET"), "http.response.status_code": ("int", 200)}),
        _span(2, "values", at(1), at(1, 500001), attributes=VALUES),
        _span(3, "GET /yaks/{id}", at(2), at(2, 20000000), CLIENT, status=(2, 'no answer in 20 ms: "犛"'),
              attributes={"network.peer.address": ("string", "2001:db8::7"), "network.peer.port": ("int", 8443),
                          "error.type": ("string", "ETIMEDOUT")}),
        _span(4, "send wool", at(3), at(3, 1001), PRODUCER, attributes={"server.address": ("string", "Wool.example")},
              links=[(trace_id, span_id(1), TRACE_STATE, FLAGS_LOCAL, {}, 0),
                     (*ELSEWHERE, "far=far", 0x303, {"why": ("string", '"batch"'), "n": ("int", -3)}, 1)]),
        _span(5, "receive wool", at(4), at(4, 2000000000), CONSUMER, parent=4, status=(1, "")),
        _span(6, "events", at(5), at(5, 10000), status=(2, ""), events=EVENTS),
        _span(7, "overflow", at(6), at(6, 1), attributes=overflowing, dropped=(12, 2, 2),
              events=OVERFLOWING_EVENTS, links=2 * [(trace_id, span_id(7), TRACE_STATE, FLAGS_LOCAL, {}, 0)]),
        _span(8, '"jalapeño"\n\\ \U0001f336', at(7), at(7)),
        _span(9, "other scope", at(9), at(9, 500000), parent=0, scope=("interop.other", "")),
    ]
    return {span["span id"]: span for span in spans}
