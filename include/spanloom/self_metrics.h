/* SPDX-License-Identifier: MIT */
/** @file What the library counts about itself, as the text that Prometheus scrapes. */
#ifndef SPANLOOM_SELF_METRICS_H
#define SPANLOOM_SELF_METRICS_H

#include <spanloom/sink.h>

SLM_BEGIN_DECLS

/**
 * Writes every count of the process's ledger (slm_stats_read()) as Prometheus's text format, version 0.0.4
 * (Content-Type `text/plain; version=0.0.4`), to `sink`: slm_sink_buffer() fills a buffer, slm_sink_fd() writes to a
 * descriptor. What OpenTelemetry's semantic conventions for SDK metrics name has that name, as Prometheus spells it:
 *
 * - `otel_sdk_span_started_total`; `otel_sdk_span_live`: spans that are recorded and have not ended;
 * - by processor (`otel_component_name`, `otel_component_type`): `otel_sdk_processor_span_queue_size`,
 *   `otel_sdk_processor_span_queue_capacity` and `otel_sdk_processor_span_processed_total`, the last also with
 *   `error_type` `queue_full` or `already_shutdown`;
 * - by exporter: `otel_sdk_exporter_span_inflight` and `otel_sdk_exporter_span_exported_total`, the last also with
 *   `error_type` `rejected`, `unreachable`, `timeout`, `too_large` or `no_memory`;
 * - where events are exported as log records, the same with `log` in place of `span`.
 *
 * Here "processed" is counted when a span's fate is known, with "exported", since a batch may go back to the queue
 * before: a counter does not fall. What has no such name begins with `spanloom_`: `spanloom_spans_ended_total`,
 * `spanloom_spans_abandoned_total`, `spanloom_spans_unrecorded_total{reason}`, `spanloom_records_in_use`,
 * `spanloom_records_limit`; by exporter `spanloom_pipeline_spans_total{event}` with `ended`, `shipped`, `filtered`,
 * `unsampled` and `tail` (let go by tail keep), and `spanloom_pipeline_spans_held`, and
 * `spanloom_pipeline_log_records_total{event}`; `spanloom_diagnostics_total{kind}`;
 * `spanloom_log_lines_lost_total{reason}` with `dropped`, `failed` and `cut`, summed over all writers, each of which
 * counts the lines that it passes on as well; `spanloom_memory_bytes{kind}`, `spanloom_memory_limit_bytes` and
 * `spanloom_memory_refused_total` (slm_memory_read()); `spanloom_tasks{state}`, `spanloom_tasks_finished_total`,
 * `spanloom_tasks_untracked_total`, `spanloom_task_polls_total`, `spanloom_task_busy_seconds_total`,
 * `spanloom_task_idle_seconds_total`.
 *
 * For each exporter, ended + shipped = filtered + unsampled + tail + held + queue size + inflight + processed, whenever
 * no thread is between an end and its queue. A page is at most SLM_SELF_METRICS_BYTES_MAX bytes.
 *
 * @return False: the sink wanted no more.
 * @threadsafety Any thread; not async-signal-safe.    @since 0.1.0
 */
SLM_API bool slm_self_metrics_write(slm_sink *sink, void *user);

/** Room for any page, its terminator included. @since 0.1.0 */
enum { SLM_SELF_METRICS_BYTES_MAX = 48 * 1024 };

SLM_END_DECLS

#endif
