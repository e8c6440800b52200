// SPDX-License-Identifier: MIT

// Command otelcol is an OpenTelemetry Collector of the real parts that the tests need: OTLP and Zipkin in, a file out.
package main

import (
	"context"
	"log"
	"os"
	"sync"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

type fileConfig struct {
	Path string `mapstructure:"path"`
}

// A line of OTLP/JSON for each request, written before the request is answered. The one of opentelemetry-collector-contrib
// has no entry in the checksum database.
type fileWriter struct {
	path string
	mu   sync.Mutex
	file *os.File
}

func (w *fileWriter) start(context.Context, component.Host) (err error) {
	w.file, err = os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	return err
}

func (w *fileWriter) write(line []byte, err error) error {
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.file.Write(append(line, '\n'))
	return err
}

func (w *fileWriter) traces(_ context.Context, traces ptrace.Traces) error {
	return w.write((&ptrace.JSONMarshaler{}).MarshalTraces(traces))
}

func (w *fileWriter) logs(_ context.Context, logs plog.Logs) error {
	return w.write((&plog.JSONMarshaler{}).MarshalLogs(logs))
}

func (w *fileWriter) stop(context.Context) error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

func newTraces(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Traces, error) {
	w := &fileWriter{path: config.(*fileConfig).Path}
	return exporterhelper.NewTraces(ctx, set, config, w.traces,
		exporterhelper.WithStart(w.start), exporterhelper.WithShutdown(w.stop))
}

func newLogs(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Logs, error) {
	w := &fileWriter{path: config.(*fileConfig).Path}
	return exporterhelper.NewLogs(ctx, set, config, w.logs,
		exporterhelper.WithStart(w.start), exporterhelper.WithShutdown(w.stop))
}

func factories() (otelcol.Factories, error) {
	file := exporter.NewFactory(component.MustNewType("file"),
		func() component.Config { return &fileConfig{} },
		exporter.WithTraces(newTraces, component.StabilityLevelStable),
		exporter.WithLogs(newLogs, component.StabilityLevelStable))
	receivers, err := otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory(), zipkinreceiver.NewFactory())
	if err != nil {
		return otelcol.Factories{}, err
	}
	exporters, err := otelcol.MakeFactoryMap[exporter.Factory](file)
	return otelcol.Factories{
		Receivers: receivers,
		Exporters: exporters,
		Telemetry: otelconftelemetry.NewFactory(),
	}, err
}

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "otelcol", Version: "0.140.0"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			DefaultScheme:     "file",
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
		}},
	})
	if err := command.Execute(); err != nil {
		log.Fatal(err)
	}
}
