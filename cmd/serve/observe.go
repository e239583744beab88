package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"exactlogin/cmd/serve/http1"
	"exactlogin/cmd/serve/static"
)

// logForms are what -log can be.
var logForms = []string{"text", "json", "off"}

// observer counts the requests on the pages' address, and writes a line for
// each if asked to. Lines have the path, never the query, and no header: either
// may carry a secret.
type observer struct {
	requests *slog.Logger // nil = off
	messages *slog.Logger
	form     string
	out      io.Writer

	begun   time.Time
	status  [6]atomic.Uint64 // by hundreds; 0 = the client did not wait
	bytes   atomic.Uint64
	seconds histogram
	reports atomic.Uint64
}

func newObserver(form string, w io.Writer) *observer {
	o := &observer{form: form, out: w, begun: time.Now()}
	w = &oneAtATime{w: w}
	if form == "json" {
		o.messages = slog.New(slog.NewJSONHandler(w, nil))
	} else {
		o.messages = slog.New(slog.NewTextHandler(w, nil))
	}
	if form != "off" {
		o.requests = o.messages
	}
	return o
}

// errors is the log of net/http's own complaints.
func (o *observer) errors() *log.Logger {
	if o.form == "off" {
		return log.New(o.out, "serve: ", 0)
	}
	return slog.NewLogLogger(o.messages.Handler(), slog.LevelWarn)
}

// done records one exchange.
func (o *observer) done(e http1.Exchange) {
	took := time.Since(e.Start)
	class := e.Status / 100
	if class >= len(o.status) || e.BadlyFinished {
		class = 0
	}
	o.status[class].Add(1)
	o.bytes.Add(uint64(max(e.Bytes, 0)))
	o.seconds.add(took)
	if o.requests == nil {
		return
	}
	host := ""
	if e.Remote != nil {
		host, _, _ = net.SplitHostPort(e.Remote.String())
	}
	o.requests.Info("request",
		slog.String("method", e.Method), slog.String("path", e.Path), slog.String("proto", e.Proto), slog.Int("status", e.Status),
		slog.Int64("bytes", e.Bytes), slog.String("coding", e.Coding), slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("remote", host), slog.Bool("cut", e.BadlyFinished))
}

// watch records the exchanges of a handler.
func (o *observer) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, seen := time.Now(), &watched{ResponseWriter: w}
		finished := false
		defer func() {
			if seen.status == 0 {
				seen.status = http.StatusOK
			}
			o.done(http1.Exchange{
				Method: r.Method, Path: r.URL.Path, Proto: r.Proto, Status: seen.status, Bytes: seen.bytes,
				Coding: w.Header().Get("Content-Encoding"), Remote: remote(r.RemoteAddr), Start: begin, BadlyFinished: !finished,
			})
		}()
		next.ServeHTTP(seen, r)
		finished = true
	})
}

type remote string

func (remote) Network() string  { return "tcp" }
func (r remote) String() string { return string(r) }

// watched sees the status and the size of an answer.
type watched struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// oneAtATime keeps lines whole for writers that do not.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(b)
}

// histogram counts times, in Prometheus's way.
type histogram struct {
	buckets [len(bounds) + 1]atomic.Uint64
	nanos   atomic.Uint64
}

var bounds = [...]time.Duration{time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2500 * time.Millisecond, 10 * time.Second}

func (h *histogram) add(d time.Duration) {
	i := sort.Search(len(bounds), func(i int) bool { return d <= bounds[i] })
	h.buckets[i].Add(1)
	h.nanos.Add(uint64(max(d, 0)))
}

// metrics writes the text format that Prometheus reads:
// https://prometheus.io/docs/instrumenting/exposition_formats/
func (o *observer) metrics(w io.Writer, front *http1.Front) {
	head := func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	one := func(name, kind, help string, value any) {
		head(name, kind, help)
		fmt.Fprintf(w, "%s %v\n", name, value)
	}
	head("exactlogin_requests_total", "counter", "Requests on the pages' address, by the hundreds of their status.")
	for i := range o.status {
		class := "cut"
		if i > 0 {
			class = fmt.Sprintf("%dxx", i)
		}
		fmt.Fprintf(w, "exactlogin_requests_total{code=%q} %d\n", class, o.status[i].Load())
	}
	one("exactlogin_sent_bytes_total", "counter", "Bytes of answers' bodies.", o.bytes.Load())
	head("exactlogin_request_seconds", "histogram", "From a request's head to its answer's end.")
	sum := uint64(0)
	for i := range o.seconds.buckets {
		sum += o.seconds.buckets[i].Load()
		bound := "+Inf"
		if i < len(bounds) {
			bound = fmt.Sprint(bounds[i].Seconds())
		}
		fmt.Fprintf(w, "exactlogin_request_seconds_bucket{le=%q} %d\n", bound, sum)
	}
	fmt.Fprintf(w, "exactlogin_request_seconds_sum %g\nexactlogin_request_seconds_count %d\n", time.Duration(o.seconds.nanos.Load()).Seconds(), sum)
	one("exactlogin_connections", "gauge", "Connections that are open.", front.Open())
	one("exactlogin_connections_refused_total", "counter", "Connections beyond the limit.", front.Refused())
	one("exactlogin_csp_reports_total", "counter", "Reports of what a Content-Security-Policy stopped.", o.reports.Load())
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	one("go_goroutines", "gauge", "Goroutines.", runtime.NumGoroutine())
	one("go_memstats_heap_inuse_bytes", "gauge", "Memory in use.", memory.HeapInuse)
	one("process_start_time_seconds", "gauge", "When the server was started.", o.begun.Unix())
	head("exactlogin_build_info", "gauge", "The server's version.")
	fmt.Fprintf(w, "exactlogin_build_info{version=%q,go=%q} 1\n", versionText(), runtime.Version())
}

// metricsServer is for those who look after the server, on an address of their
// own.
func metricsServer(o *observer, front *http1.Front) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		static.Protect(w.Header())
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		o.metrics(w, front)
	})
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, r *http.Request) { healthy.Serve(w, r) })
	return &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 8 << 10}
}
