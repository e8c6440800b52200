# SPDX-License-Identifier: MIT
"""OTLP/JSON read as trace.py writes a trace down."""

import base64


def value_of(value):
    if len(value) == 0:
        return ("empty", "")
    (kind, content), = value.items()
    match kind:
        case "stringValue":
            return ("string", content)
        case "boolValue":
            return ("bool", content)
        case "intValue":
            return ("int", int(content))
        case "doubleValue":
            return ("double", float(content))
        case "bytesValue":
            return ("bytes", base64.b64decode(content))
        case "arrayValue":
            return ("array", [value_of(each) for each in content.get("values", [])])
        case "kvlistValue":
            return ("map", {each["key"]: value_of(each["value"]) for each in content.get("values", [])})
    raise ValueError(f"a value of the kind {kind}")


def _attributes(holder):
    """Keys that stand there twice are kept apart, so that they are noticed."""
    found = {}
    for attribute in holder.get("attributes", []):
        key = attribute["key"]
        while key in found:
            key += " (again)"
        found[key] = value_of(attribute["value"])
    return found


def _span(span, scope, resource):
    status = span.get("status", {})
    fields = {
        "span id": span["spanId"],
        "parent": span.get("parentSpanId") or None,
        "name": span.get("name", ""),
        "kind": span.get("kind", 0),
        "start": int(span["startTimeUnixNano"]),
        "end": int(span["endTimeUnixNano"]),
        "flags": span.get("flags", 0),
        "trace state": span.get("traceState", ""),
        "status code": status.get("code", 0),
        "status message": status.get("message", ""),
        "dropped attributes": span.get("droppedAttributesCount", 0),
        "dropped events": span.get("droppedEventsCount", 0),
        "dropped links": span.get("droppedLinksCount", 0),
        "scope name": scope.get("name", ""),
        "scope version": scope.get("version", ""),
    }
    for key, value in _attributes(span).items():
        fields["attribute", key] = value
    for i, event in enumerate(span.get("events", [])):
        fields["event", i, "time"] = int(event["timeUnixNano"])
        fields["event", i, "name"] = event.get("name", "")
        fields["event", i, "dropped attributes"] = event.get("droppedAttributesCount", 0)
        for key, value in _attributes(event).items():
            fields["event", i, "attribute", key] = value
    for i, link in enumerate(span.get("links", [])):
        fields["link", i, "trace id"] = link["traceId"]
        fields["link", i, "span id"] = link["spanId"]
        fields["link", i, "trace state"] = link.get("traceState", "")
        fields["link", i, "flags"] = link.get("flags", 0)
        fields["link", i, "dropped attributes"] = link.get("droppedAttributesCount", 0)
        for key, value in _attributes(link).items():
            fields["link", i, "attribute", key] = value
    for key, value in _attributes(resource).items():
        fields["resource", key] = value
    return fields


def spans_of(request, trace_id):
    """All spans of one trace in an ExportTraceServiceRequest."""
    return [
        _span(span, scope_spans.get("scope", {}), resource_spans.get("resource", {}))
        for resource_spans in request.get("resourceSpans", [])
        for scope_spans in resource_spans.get("scopeSpans", [])
        for span in scope_spans.get("spans", [])
        if span["traceId"] == trace_id
    ]


def logs_of(request):
    """All records in an ExportLogsServiceRequest, each with its time."""
    for resource_logs in request.get("resourceLogs", []):
        resource = _attributes(resource_logs.get("resource", {}))
        for scope_logs in resource_logs.get("scopeLogs", []):
            scope = scope_logs.get("scope", {})
            for record in scope_logs.get("logRecords", []):
                yield int(record["timeUnixNano"]), {
                    "observed": int(record["observedTimeUnixNano"]),
                    "severity": record.get("severityNumber", 0),
                    "severity text": record.get("severityText", ""),
                    "body": value_of(record["body"]) if record.get("body") else None,
                    "attributes": _attributes(record),
                    "dropped attributes": record.get("droppedAttributesCount", 0),
                    "flags": record.get("flags", 0),
                    "trace id": record.get("traceId", ""),
                    "span id": record.get("spanId", ""),
                    "scope": (scope.get("name", ""), scope.get("version", "")),
                    "service": resource.get("service.name"),
                }
